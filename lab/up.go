package lab

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
)

// UpOptions say how Up tells what it keeps. All functions are called from one goroutine at a time.
type UpOptions struct {
	// Up is called once, when every node is ready.
	Up func(Kept)
	// Command hands over what carries out commands: verbs of the lab and of nodes in words, such as "cut n1 n2". It may be
	// called from any goroutine until Up returns. Nil is fine.
	Command func(do func(words []string) (text string, err error))
	// Others is told what other processes do to the lab, when it is done. Nil is fine.
	Others func(script.Done)
}

// Kept is a topology that is kept up.
type Kept struct {
	ID       string // of the experiment
	Nodes    []KeptNode
	Socks    string // "host:port" of the SOCKS5 endpoint; the user is the node that a program dials as
	Password string // which the endpoint wants
	Path     string // of the socket at which Do finds this lab
}

// KeptNode is one of its nodes.
type KeptNode struct {
	Name, Kind string
	Addr       string // as the nodes know it, "" for none
	Ports      []KeptPort
}

// KeptPort is a port that a node has opened, and where that is on this machine.
type KeptPort struct {
	Network string // "tcp" or "udp"
	Port    int
	Real    netip.AddrPort
}

// Up wires the topology of one experiment and keeps it: the experiment executes until it first waits. It runs on the
// live engine and returns when the context ends, with everything torn down. The target is FILE or FILE::EXPERIMENT; of
// several experiments the first counts.
func Up(ctx context.Context, builtins *manifest.Manifest, o Options, up UpOptions) error {
	if o.Engine == "sim" || o.Engine == Both {
		return &trouble.Error{Class: trouble.Usage, Text: "a simulated topology cannot be kept up: nobody could reach it",
			Hint: "leave --engine out; lab up runs live"}
	}
	o.Engine = cmp.Or(o.Engine, "live")
	if err := o.check(); err != nil {
		return err
	}
	b, ready, err := newSession(ctx, builtins, o)
	if err != nil {
		return classified(ctx, err)
	}
	defer b.close()
	defer bug.Catch() // before close, which would wait for what has crashed
	files, err := b.loadAll(ctx)
	ready()
	if err != nil || ctx.Err() != nil {
		return classified(ctx, orCancelled(err))
	}
	for _, f := range files {
		if f.err != nil {
			return f.err
		}
	}
	f, e := files[0], files[0].experiments[0]
	if len(f.experiments) > 1 {
		b.notice(fmt.Sprintf("keeping %s; the others are %s", e.ID, others(f.experiments)))
	}
	k := &keeping{
		session: b, id: e.ID, path: f.path, options: up,
		commands: make(chan script.Command), ports: map[string][]KeptPort{},
	}
	return k.run(ctx, f, e)
}

func others(experiments []*load.Experiment) string {
	var names []string
	for _, e := range experiments[1:] {
		names = append(names, "::"+e.ID)
	}
	return strings.Join(names, ", ")
}

// giver names the process that has given a command; 0 is one that is not known.
func giver(pid int) string {
	if pid == 0 {
		return "another process"
	}
	return fmt.Sprintf("pid %d", pid)
}

// keeping is an Up under way.
type keeping struct {
	session  *session
	id, path string
	options  UpOptions
	commands chan script.Command

	mu              sync.Mutex // guards what the engine's goroutines tell
	ports           map[string][]KeptPort
	socks, password string
}

// recentEvents is how much of its trace a kept lab remembers.
const recentEvents = 10_000

func (k *keeping) run(ctx context.Context, f *file, e *load.Experiment) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := ctx.Done()
	control, err := listenControl(k.identity(), func(words []string, by int) (string, error) {
		return k.do(ended, words, giver(by))
	})
	if err != nil {
		return &trouble.Error{Class: trouble.Host, Text: err.Error(), Err: err}
	}
	defer func() {
		cancel() // first: commands under way wait for the run, which may have ended without them
		control.close()
	}()
	if k.options.Command != nil {
		k.options.Command(func(words []string) (string, error) { return k.do(ended, words, "") })
	}
	r := k.session.supplied(ctx, f, func(s *stock) *script.Result { return k.onStock(ctx, f, s, e, control.path) })
	if interrupted(r) {
		return nil // as asked
	}
	class := trouble.Script
	if r.Outcome == result.Broken {
		class = r.Error.Class
	}
	return &trouble.Error{Class: class, Text: strings.TrimSpace(result.Text{}.Run(&r.Run))}
}

func (k *keeping) onStock(ctx context.Context, f *file, s *stock, e *load.Experiment, control string) *script.Result {
	seed := k.session.options.seed()
	eng, err := k.session.engine(f, s, engine.Options{
		Seed: seed, Recent: recentEvents, Port: k.port,
		Socks: func(address, password string) { k.socks, k.password = address, password },
	})
	if err != nil {
		return notBegun(f, e, seed, err)
	}
	return attributed(script.Run(ctx, e, eng, script.RunOptions{
		Engine: "live", Seed: seed, Kinds: s.kinds, Program: k.session.program(ctx),
		Print: func(line string) { k.session.notice(line) },
		Keep: &script.Keeper{
			Up:       func(nodes []script.NodeInfo) { k.up(nodes, control) },
			Commands: k.commands, Notice: k.session.notice, Done: k.done,
		},
	}))
}

func (k *keeping) port(node, network string, port int, real netip.AddrPort) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := KeptPort{network, port, real}
	list := k.ports[node]
	if i := slices.IndexFunc(list, func(q KeptPort) bool { return q.Network == network && q.Port == port }); i >= 0 {
		list[i] = p
		return
	}
	k.ports[node] = append(list, p)
}

func (k *keeping) up(nodes []script.NodeInfo, control string) {
	kept := Kept{ID: k.id, Socks: k.socks, Password: k.password, Path: control}
	k.mu.Lock()
	for _, n := range nodes {
		kept.Nodes = append(kept.Nodes, KeptNode{n.Name, n.Kind, n.Addr, slices.Clone(k.ports[n.Name])})
	}
	k.mu.Unlock()
	k.options.Up(kept)
}

// identity is what others find this lab by.
func (k *keeping) identity() identity {
	return identity{File: k.path, Experiment: k.id, Folder: here(), Started: time.Now()}
}

func (k *keeping) done(d script.Done) {
	if d.By != "" && k.options.Others != nil {
		k.options.Others(d)
	}
}

// do hands a command to the run and waits for its answer. An answer that is there counts, whatever has ended since.
func (k *keeping) do(ended <-chan struct{}, words []string, by string) (string, error) {
	type answer struct {
		text string
		err  error
	}
	answers := make(chan answer, 1)
	c := script.Command{Words: words, By: by, Answer: func(text string, err error) { answers <- answer{text, err} }}
	select {
	case k.commands <- c:
	case <-ended:
		return "", context.Canceled
	}
	select {
	case a := <-answers:
		return a.text, a.err
	case <-ended:
	}
	select {
	case a := <-answers:
		return a.text, a.err
	default:
		return "", context.Canceled
	}
}
