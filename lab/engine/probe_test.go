package engine_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/measure"
)

// probe is a component whose methods are the calls of its environment, so that a story can be told from outside. What
// the environment answers comes back as a class of error, a word that must be the same in both engines.
type probe struct {
	Ticking time.Duration `lab:"ticking,default=0s,doc=emit a tick that often"`

	fate *sdk.Mailbox[error] // what Run is to return

	mu        sync.Mutex
	conns     map[string]sdk.Conn
	listeners map[int]sdk.Listener
	sockets   map[int]net.PacketConn
	files     map[string]sdk.File
}

// The events of a probe.
type (
	tick    struct{ N int }
	alarmed struct{}
)

// token is an object without a purpose of its own.
type token struct{ text string }

func (t *token) get(sdk.Env) (string, error) { return t.text, nil }

// Series is made up.
func (t *token) Series() measure.Series {
	return measure.Series{Name: t.text, Buckets: []measure.Bucket{{For: time.Second, Requests: 3, P50: time.Millisecond}}}
}

// held is what a probe has open.
type held struct {
	Files int    `lab:"files,draw"`
	Ports []port `lab:"ports"`
}

type port struct {
	Name string
	Open bool `lab:"open,draw"`
}

func (p *probe) held(sdk.Env) (held, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	h := held{Files: len(p.files)}
	for number := range p.listeners {
		h.Ports = append(h.Ports, port{fmt.Sprint(number), true})
	}
	return h, nil
}

func probePlugin() sdk.Plugin {
	return sdk.Plugin{Name: "probe", Doc: "calls of the environment, from outside", Kinds: []sdk.Kind{{
		Name: "probe", Doc: "calls of the environment, from outside",
		New: func() sdk.Component {
			return &probe{
				conns: map[string]sdk.Conn{}, listeners: map[int]sdk.Listener{}, sockets: map[int]net.PacketConn{},
				files: map[string]sdk.File{},
			}
		},
		Methods: []sdk.Method{
			sdk.Func("held", "what is open", (*probe).held).Query(),
			sdk.Func("listen", "opens a TCP port", (*probe).listen),
			sdk.Func("accept", "accepts a connection", (*probe).accept),
			sdk.Func("dial", "opens a connection", (*probe).dial),
			sdk.Func("write", "writes to a connection", (*probe).write),
			sdk.Func("flood", "writes a pattern to a connection", (*probe).flood),
			sdk.Func("read", "reads from a connection until size bytes or its end", (*probe).read),
			sdk.Func("drink", "reads the pattern from a connection and checks it", (*probe).drink),
			sdk.Func("end", "close, close_write or reset a connection", (*probe).end),
			sdk.Func("idle", "says whether nothing has arrived that was not read", (*probe).idle),
			sdk.Func("bind", "opens a UDP port", (*probe).bind),
			sdk.Func("send", "sends datagrams, each with its number", (*probe).send),
			sdk.Func("count", "receives datagrams until there are no more", (*probe).count),
			sdk.Func("put", "writes a file, and syncs it", (*probe).put),
			sdk.Func("get", "reads a file", (*probe).get),
			sdk.Func("nodes", "names all nodes", (*probe).nodes),
			sdk.Func("sleep", "sleeps", (*probe).sleep),
			sdk.Func("alarm", "emits alarmed later", (*probe).alarm),
			sdk.Func("refuse", "fails", (*probe).refuse),
			sdk.Func("doubt", "does not know", (*probe).doubt),
			sdk.Func("fail", "makes Run return an error", (*probe).fail),
			sdk.Func("panic", "panics", (*probe).panics),
			sdk.Func("block", "blocks outside the environment", (*probe).block),
			sdk.Func("whoami", "tells the process", (*probe).whoami),
			sdk.Func("exit", "ends the process", (*probe).exit),
			sdk.Func("toil", "sleeps many times", (*probe).toil),
			sdk.Func("jam", "makes New of the kind jam block", (*probe).jam),
			sdk.Func("token", "returns an object", (*probe).token),
			sdk.Func("draw", "draws from the node's random source", (*probe).draw),
			sdk.Func("burst", "emits numbered ticks from several tasks at once", (*probe).burst),
			sdk.Func("starve", "lets Run fail for want of descriptors", (*probe).starve),
			sdk.Func("odd", "makes the calls that no program makes on purpose", (*probe).odd),
			sdk.Func("compute", "calls a function of a script", (*probe).compute),
			sdk.Func("stray", "emits what the kind does not list", (*probe).stray),
		},
		Objects: []sdk.ObjectType{{
			Name: "token", Doc: "an object", Of: (*token)(nil),
			Methods: []sdk.Method{sdk.Func("text", "its text", (*token).get)},
		}},
		Events: []any{tick{}, alarmed{}},
	}, {
		Name: "hang", Doc: "blocks outside its environment", New: func() sdk.Component { return hang{} },
	}, {
		Name: "herald", Doc: "emits at once, dials its peers at once, and waits", New: func() sdk.Component { return &herald{} },
		Methods: []sdk.Method{sdk.Func("outcome", "what became of the dials", (*herald).outcome)},
		Events:  []any{tick{}},
	}, {
		Name: "mute", Doc: "has nothing to do", New: func() sdk.Component { return mute{} },
		Methods: []sdk.Method{sdk.Func("sign", "answers", func(mute, sdk.Env) (string, error) { return "here", nil })},
	}, {
		Name: "jam", Doc: "blocks before it runs", New: newJam,
	}, {
		Name: "stillborn", Doc: "fails at once", New: func() sdk.Component { return stillborn{} },
	}, timekeeperKind()}}
}

type hang struct{}

func (hang) Run(sdk.Env) error {
	fmt.Fprintln(os.Stderr, "hanging")
	select {}
}

type stillborn struct{}

func (stillborn) Run(sdk.Env) error { return errors.New("not today") }

// Run waits for its fate.
func (p *probe) Run(env sdk.Env) error {
	p.fate = sdk.NewMailbox[error](env)
	if p.Ticking > 0 {
		env.Go(func() {
			for n := 1; env.Sleep(p.Ticking) == nil; n++ {
				env.Emit(tick{n})
			}
		})
	}
	fate, err := p.fate.Recv(time.Time{})
	return errors.Join(fate, err)
}

// class is the word for an error.
func class(err error) string {
	for _, known := range []struct {
		err  error
		word string
	}{
		{nil, ""}, {io.EOF, "eof"}, {sdk.ErrReset, "reset"}, {sdk.ErrRefused, "refused"}, {sdk.ErrTimeout, "timeout"},
		{sdk.ErrNoNode, "no node"}, {sdk.ErrClosed, "closed"}, {sdk.ErrInUse, "in use"}, {sdk.ErrTooLarge, "too large"},
		{sdk.ErrNotExist, "not exist"},
	} {
		if errors.Is(err, known.err) {
			return known.word
		}
	}
	return "unclassed: " + err.Error()
}

type putArgs struct {
	File string `lab:"file"`
	Data string `lab:"data"`
	Sync bool   `lab:"sync,default=True"`
}

func (p *probe) put(env sdk.Env, a putArgs) (string, error) {
	file, err := p.file(env, a.File)
	if err == nil {
		_, err = file.WriteAt([]byte(a.Data), 0)
	}
	if err == nil && a.Sync {
		err = file.Sync()
	}
	return class(err), nil
}

type fileArgs struct {
	File string `lab:"file"`
}

func (p *probe) get(env sdk.Env, a fileArgs) (string, error) {
	file, err := p.file(env, a.File)
	if err != nil {
		return "", err
	}
	size, err := file.Size()
	if err != nil {
		return "", err
	}
	data := make([]byte, size)
	if n, err := file.ReadAt(data, 0); int64(n) < size {
		return "", err
	}
	return string(data), nil
}

func (p *probe) file(env sdk.Env, name string) (sdk.File, error) {
	p.mu.Lock()
	file := p.files[name]
	p.mu.Unlock()
	if file != nil {
		return file, nil
	}
	file, err := env.Disk().Open(name)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.files[name] = file
	return file, err
}

type durationArgs struct {
	For time.Duration `lab:"d"`
}

func (p *probe) sleep(env sdk.Env, a durationArgs) error { return env.Sleep(a.For) }

func (p *probe) alarm(env sdk.Env, a durationArgs) error {
	env.AfterFunc(a.For, func() { env.Emit(alarmed{}) })
	return nil
}

func (p *probe) refuse(sdk.Env) error { return errors.New("no, thank you") }

func (p *probe) doubt(sdk.Env) error { return sdk.Unknown(errors.New("no answer came")) }

func (p *probe) fail(sdk.Env) error {
	p.fate.Post(errors.New("told to fail: too many open files")) // in its own words: the machine is not to blame
	return nil
}

func (p *probe) panics(env sdk.Env) error {
	env.Go(func() { panic("told to panic") })
	return env.Sleep(time.Hour)
}

func (p *probe) exit(env sdk.Env) error {
	fmt.Fprintln(os.Stderr, "told to exit")
	os.Exit(7)
	return nil
}

func (p *probe) token(env sdk.Env) (*token, error) { return &token{"of " + env.Node()}, nil }

type identity struct{ Pid int }

func (p *probe) whoami(sdk.Env) (identity, error) { return identity{os.Getpid()}, nil }

func (p *probe) block(sdk.Env) error { select {} }
