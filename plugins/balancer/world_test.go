package balancer

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
	"github.com/netlab-dev/netlab/sdk/sdktest"
)

// world is a balancer "lb" in virtual time, without health checks unless they are asked for.
type world struct {
	*sdktest.Bench
	t        *testing.T
	backends []any
}

// newWorld adds a balancer over the named nodes' port 80; config is name, value, name, value.
func newWorld(t *testing.T, backends []string, config ...any) *world {
	return newWorldOf(t, Kind("balancer"), backends, config...)
}

func newWorldOf(t *testing.T, kind sdk.Kind, backends []string, config ...any) *world {
	plugin := sdk.Plugin{Name: "p", Kinds: []sdk.Kind{kind}}
	w := &world{Bench: sdktest.NewBench(t, plugin, 1), t: t}
	for _, name := range backends {
		w.backends = append(w.backends, sdk.MakeAddr(name, 80))
	}
	fields := sdk.Fields{{Name: "backends", Value: w.backends}}
	if !given(config, "health_every") {
		config = append(config, "health_every", time.Duration(0))
	}
	w.Add("lb", kind.Name, append(fields, pairs(config)...))
	return w
}

func given(config []any, name string) bool {
	for i := 0; i < len(config); i += 2 {
		if config[i] == name {
			return true
		}
	}
	return false
}

func pairs(config []any) (fields sdk.Fields) {
	for i := 0; i < len(config); i += 2 {
		value := config[i+1]
		if n, ok := value.(int); ok {
			value = int64(n)
		}
		fields = append(fields, sdk.Field{Name: config[i].(string), Value: value})
	}
	return fields
}

// raw lets a node accept connections on port 80 and treat each by f.
func (w *world) raw(node string, f func(sdk.Env, sdk.Conn)) {
	w.DoOn(node, func(env sdk.Env) {
		ln, err := env.Listen(80)
		if err != nil {
			w.t.Error(err)
			return
		}
		env.Go(func() {
			for {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				env.Go(func() { f(env, conn) })
			}
		})
	})
}

// handle lets a node serve HTTP.
func (w *world) handle(node string, f func(sdk.Env, *http1.Request, *http1.Reply) error) {
	w.raw(node, func(env sdk.Env, conn sdk.Conn) {
		server := http1.Server{Now: env.Now, Handle: func(req *http1.Request, reply *http1.Reply) error {
			return f(env, req, reply)
		}}
		_ = server.Serve(conn)
	})
}

// names lets a node answer every request with its name, after some time.
func (w *world) names(node string, took time.Duration) {
	w.handle(node, func(env sdk.Env, _ *http1.Request, reply *http1.Reply) error {
		if err := env.Sleep(took); err != nil {
			return err
		}
		return reply.Text(200, nil, node)
	})
}

// script lets a node answer every request head with fixed bytes; what follows is up to then.
func (w *world) script(node, answer string, then func(sdk.Conn)) {
	w.raw(node, func(_ sdk.Env, conn sdk.Conn) {
		in := http1.NewReader(conn, http1.Limits{})
		for {
			var req http1.Request
			if in.ReadRequest(&req) != nil {
				return
			}
			if _, err := io.WriteString(conn, answer); err != nil {
				return
			}
			if then != nil {
				then(conn)
				return
			}
		}
	})
}

func waits(conn sdk.Conn)  { _, _ = conn.Read(make([]byte, 1)) }
func closes(conn sdk.Conn) { _ = conn.Close() }
func resets(conn sdk.Conn) { _ = conn.Reset() }

// answer is a response as a client got it.
type answer struct {
	status  int
	body    string
	header  http1.Header
	trailer http1.Header
	close   bool
	err     error // of the body, or of the whole when status is 0
}

func (a answer) String() string {
	if a.err != nil {
		return fmt.Sprintf("%d %q %v", a.status, a.body, a.err)
	}
	return fmt.Sprintf("%d %q", a.status, a.body)
}

// ask sends one request on a client's connection.
func ask(client *http1.Client, req http1.Request) answer {
	if req.Method == "" {
		req.Method = "GET"
	}
	if req.Target == "" {
		req.Target = "/"
	}
	if !req.Header.Has("Host") {
		req.Header = append(http1.Header{{Name: "Host", Value: "lb"}}, req.Header...)
	}
	var resp http1.Response
	if err := client.Do(&req, &resp); err != nil {
		return answer{err: err}
	}
	var body bytes.Buffer
	_, err := body.ReadFrom(resp.Body)
	a := answer{status: resp.Status, body: body.String(), header: resp.Header, close: resp.Close, err: err}
	if b, ok := resp.Body.(*http1.Body); ok {
		a.trailer = b.Trailer()
	}
	return a
}

// dial connects to the balancer.
func dial(t *testing.T, env sdk.Env) sdk.Conn {
	conn, err := env.Dial("lb:8080")
	if err != nil {
		t.Errorf("dial lb: %v", err)
		return nil
	}
	return conn
}

// get asks on a connection of its own, on which nothing may come for a minute and a half.
func get(t *testing.T, env sdk.Env, req http1.Request) answer {
	conn := dial(t, env)
	if conn == nil {
		return answer{}
	}
	defer conn.Close()
	_ = conn.SetDeadline(env.Now().Add(90 * time.Second))
	return ask(http1.NewClient(conn, http1.Limits{}), req)
}

// get is get from the node "client".
func (w *world) get(req http1.Request) (a answer) {
	w.t.Helper()
	w.DoOn("client", func(env sdk.Env) { a = get(w.t, env, req) })
	return a
}

// want checks how an answer looks.
func (w *world) want(what string, got answer, want string) {
	w.t.Helper()
	if got.String() != want {
		w.t.Errorf("%s: got %v, want %s", what, got, want)
	}
}

// exchange writes bytes on a connection to the balancer and returns all that comes back until the end, or until nothing
// has come for ten minutes.
func (w *world) exchange(bytes string) (got string, end error) {
	w.t.Helper()
	w.DoOn("client", func(env sdk.Env) {
		conn := dial(w.t, env)
		if conn == nil {
			return
		}
		defer conn.Close()
		_ = conn.SetDeadline(env.Now().Add(10 * time.Minute))
		_, _ = io.WriteString(conn, bytes)
		var data []byte
		data, end = io.ReadAll(conn)
		got = string(data)
	})
	return got, end
}

// stat returns one of the balancer's numbers; of is "" for the balancer itself, or a backend.
func (w *world) stat(of, name string) any {
	w.t.Helper()
	a := w.Call("lb", "stats", nil)
	fields, _ := a.Value.(sdk.Fields)
	if of != "" {
		fields = backendFields(fields, of)
	}
	value, ok := fields.Lookup(name)
	if !ok {
		w.t.Errorf("stats of %q have no %s: %+v", of, name, a)
	}
	return value
}

func backendFields(stats sdk.Fields, of string) sdk.Fields {
	list, _ := stats.Lookup("backends")
	items, _ := list.([]any)
	for _, item := range items {
		fields, _ := item.(sdk.Fields)
		if name, _ := fields.Lookup("name"); name == of {
			return fields
		}
	}
	return nil
}

// wantStat checks a number.
func (w *world) wantStat(of, name string, want any) {
	w.t.Helper()
	if n, ok := want.(int); ok {
		want = int64(n)
	}
	if got := w.stat(of, name); got != want {
		w.t.Errorf("%s %s: got %v, want %v", of, name, got, want)
	}
}

// configure gives the balancer a new configuration.
func (w *world) configure(backends []any, config ...any) sdktest.Answer {
	if !given(config, "health_every") {
		config = append(config, "health_every", time.Duration(0))
	}
	return w.Call("lb", "configure", append(sdk.Fields{{Name: "backends", Value: backends}}, pairs(config)...))
}

// events lists the balancer's events: "1.5s backend_down web1 connection refused".
func (w *world) events() []string {
	var list []string
	for _, e := range w.Events() {
		line := []string{e.At.Round(time.Millisecond).String(), e.Name}
		for _, f := range e.Fields {
			line = append(line, fmt.Sprint(f.Value))
		}
		list = append(list, strings.Join(line, " "))
	}
	return list
}

func post(body string) http1.Request {
	return http1.Request{Method: "POST", Framing: http1.Framing(len(body)), Body: strings.NewReader(body)}
}

// chunked is a body that comes in pieces, some time after each other, and may end in a failure.
type chunked struct {
	env    sdk.Env
	pieces []string
	pause  time.Duration
	fail   bool
	tail   http1.Header
}

var errBroken = errors.New("broken on purpose")

func (c *chunked) Read(p []byte) (int, error) {
	if len(c.pieces) == 0 && c.fail {
		return 0, errBroken
	}
	if len(c.pieces) == 0 {
		return 0, io.EOF
	}
	if c.pause > 0 {
		_ = c.env.Sleep(c.pause)
	}
	n := copy(p, c.pieces[0])
	if c.pieces[0] = c.pieces[0][n:]; c.pieces[0] == "" {
		c.pieces = c.pieces[1:]
	}
	return n, nil
}

// Trailer comes behind the last piece.
func (c *chunked) Trailer() http1.Header { return c.tail }
