package script

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// world is an engine for tests of the script layer: virtual time, and nodes of one kind, "box", whose methods do as
// they are told.
type world struct {
	lanes       []trace.Lane
	at          time.Duration
	calls       []pending
	last        engine.ID
	changes     []engine.Change
	events      []value.Event
	told        int           // of the events, to runs
	messages    []value.Event // that were sent
	full        error         // what Messages answers
	failures    []engine.Failure
	links       engine.Links         // what Links answers
	connections []network.Connection // what Connections answers
	refuse      error                // what Apply answers

	configured value.Fields // by the latest configure

	runs   int
	closed int
	block  chan struct{} // when not nil, Run waits for it
	stop   chan error
}

type pending struct {
	due   time.Duration
	reply engine.Reply
}

func newWorld() *world { return &world{stop: make(chan error, 1)} }

func (w *world) Apply(changes ...engine.Change) error {
	if w.refuse != nil {
		return w.refuse
	}
	w.changes = append(w.changes, changes...)
	return nil
}

func (w *world) Call(c engine.Call) engine.ID {
	w.last++
	delay, reply := w.behave(c)
	reply.Call, reply.At, reply.Took = w.last, w.at+delay, delay
	w.calls = append(w.calls, pending{w.at + delay, reply})
	return w.last
}

// behave is what the methods of a box do. Every one but slow answers at once.
func (w *world) behave(c engine.Call) (time.Duration, engine.Reply) {
	ok := func(v any) (time.Duration, engine.Reply) { return 0, engine.Reply{Value: v} }
	switch c.Method {
	case "echo":
		return ok(c.Args.Get("value"))
	case "call":
		return w.callFunction(c.Args)
	case "status":
		return ok(value.Fields{
			{Name: "role", Value: "leader"}, {Name: "term", Value: int64(2)},
			{Name: "tags", Value: value.Fields{{Name: "a", Value: int64(1)}}},
			{Name: "codes", Value: value.Fields{{Name: "200", Value: int64(3)}, {Name: "-1", Value: int64(1)}}},
		})
	case "slow", "endless":
		return c.Args.Get("d").(time.Duration), engine.Reply{Value: c.Args.Get("d")}
	case "fail":
		return 0, engine.Reply{Status: engine.Failed, Error: c.Args.Get("why").(string)}
	case "misuse":
		return 0, engine.Reply{Status: engine.Misuse, Error: "both are given", Value: "give one of them"}
	case "vague":
		return 0, engine.Reply{Status: engine.Unknown, Error: "the answer was lost"}
	case "open":
		return ok(value.Object{Node: c.Node, ID: int64(c.Args.Get("n").(int64)), Type: "conn"})
	case "send":
		return ok(nil)
	case "configure":
		if c.Args.Get("delay") == time.Hour {
			return 0, engine.Reply{Status: engine.Failed, Error: "too long"}
		}
		w.configured = c.Args
		return ok(nil)
	case "emit":
		w.events = append(w.events, value.Event{
			At: w.at, Node: c.Node, Seq: uint64(len(w.events)), Name: c.Args.Get("name").(string),
			Fields: value.Fields{{Name: "term", Value: c.Args.Get("term")}, {Name: "who", Value: c.Node}},
		})
		return ok(nil)
	case "die":
		w.failures = append(w.failures, engine.Failure{Node: c.Node, At: w.at, Error: "boom", Stack: "main.go:1"})
		return time.Hour, engine.Reply{}
	}
	return 0, engine.Reply{Status: engine.Failed, Error: "no method " + c.Method}
}

// callFunction does with a function what a component does, the wire included.
func (w *world) callFunction(args value.Fields) (time.Duration, engine.Reply) {
	failed := func(err error) (time.Duration, engine.Reply) {
		return 0, engine.Reply{Status: engine.Failed, Error: star.Backtrace(err)}
	}
	received, err := wire.FromFields(wire.ToFields(args))
	if err != nil {
		return failed(err)
	}
	fn, err := star.Rebuild(received.Get("fn").(value.Function), nil)
	if err != nil {
		return failed(err)
	}
	result, err := fn.Call(star.FromValue(received.Get("arg"), nil))
	if err != nil {
		return failed(err)
	}
	value, err := star.ToValue(result)
	if err != nil {
		return failed(err)
	}
	return 0, engine.Reply{Value: value}
}

func (w *world) Run(until time.Duration, wake engine.Wake) (engine.Progress, error) {
	w.runs++
	if w.block != nil {
		select {
		case <-w.block:
		case err := <-w.stop:
			return engine.Progress{}, err
		}
	}
	next := until
	for _, c := range w.calls {
		if slices.Contains(wake.Calls, c.reply.Call) {
			next = min(next, c.due)
		}
	}
	var woken []engine.EventWake
	for _, e := range w.events[w.told:] {
		if i := slices.IndexFunc(wake.Events, func(watched engine.EventWake) bool {
			return watched.Name == e.Name && (watched.Node == "" || watched.Node == e.Node)
		}); i >= 0 {
			woken, next = append(woken, wake.Events[i]), w.at
		}
	}
	w.told = len(w.events)
	if next == never {
		return engine.Progress{}, errors.New("nothing will ever happen")
	}
	w.at = max(w.at, next)
	p := engine.Progress{Now: w.at, Failures: w.failures, Woken: woken}
	w.failures = nil // each is told once
	w.calls = slices.DeleteFunc(w.calls, func(c pending) bool {
		if c.due > w.at {
			return false
		}
		p.Replies = append(p.Replies, c.reply)
		return true
	})
	return p, nil
}

func (w *world) Now() time.Duration { return w.at }

func (w *world) Events(f trace.Filter) []value.Event {
	var found []value.Event
	for _, e := range w.events {
		if f.Match(e) {
			found = append(found, e)
		}
	}
	return found
}

func (w *world) Messages(f trace.Filter) ([]value.Event, error) {
	var found []value.Event
	for _, e := range w.messages {
		if e.At >= f.Since {
			found = append(found, e)
		}
	}
	return found, w.full
}

func (w *world) Packets() ([]network.Packet, int, error) { return nil, 0, nil }

func (w *world) Lanes() ([]trace.Lane, []string) { return w.lanes, nil }

func (w *world) Touched(f engine.FaultID) int64 { return int64(f) }

func (w *world) Links() engine.Links { return w.links }

func (w *world) Connections(a, b string) ([]network.Connection, error) { return w.connections, nil }

func (w *world) Interrupt(err error) {
	select {
	case w.stop <- err:
	default:
	}
}

func (w *world) Close() (engine.Summary, error) {
	w.closed++
	return engine.Summary{Now: w.at, Digest: 7, Steps: 11}, nil
}

// log writes the changes that the world was told, one a line, leaving out the first ones.
func (w *world) log(skip int) string {
	var lines []string
	for _, c := range w.changes[skip:] {
		if set, ok := c.(engine.SetLink); ok && set.Patch["loss"] != nil {
			lines = append(lines, fmt.Sprintf("SetLink{Fault:%d Links:%+v Patch:loss=%v}", set.Fault, set.Links, set.Patch["loss"]))
			continue
		}
		lines = append(lines, strings.TrimPrefix(fmt.Sprintf("%T%+v", c, c), "engine."))
	}
	return strings.Join(lines, "\n")
}

// box is the manifest of the kind that worlds know.
func box() *manifest.Kind {
	arg := func(name, typ string, def any) *manifest.Parameter {
		return &manifest.Parameter{Name: name, Type: value.MustType(typ), HasDefault: true, Default: def}
	}
	need := func(name, typ string) *manifest.Parameter {
		return &manifest.Parameter{Name: name, Type: value.MustType(typ)}
	}
	result := func(typ string, fields ...*manifest.Parameter) *manifest.Parameter {
		return &manifest.Parameter{Type: value.MustType(typ), Fields: fields}
	}
	port, delay := arg("port", "int", int64(80)), arg("delay", "duration", 5*time.Millisecond)
	port.Main, delay.Live = true, true
	port.Limits = value.Limits{Min: int64(1), Max: int64(65535)}
	delay.Limits.Min = time.Duration(0)
	return &manifest.Kind{
		Name: "box",
		Config: []*manifest.Parameter{
			port, delay, arg("target", "address", value.Addr("")),
		},
		Methods: []*manifest.Method{
			{Name: "echo", Arguments: []*manifest.Parameter{need("value", "any")}, Result: result("any")},
			{Name: "call", Arguments: []*manifest.Parameter{need("fn", "function"), need("arg", "any")}, Result: result("any")},
			{Name: "status", Result: result("struct",
				&manifest.Parameter{Name: "role", Type: value.MustType("string")}, &manifest.Parameter{Name: "term", Type: value.MustType("int")},
				&manifest.Parameter{Name: "tags", Type: value.MustType("dict")},
				&manifest.Parameter{Name: "codes", Type: value.MustType("dict<int>")})},
			{Name: "slow", Arguments: []*manifest.Parameter{need("d", "duration")}, Result: result("duration")},
			{Name: "endless", Arguments: []*manifest.Parameter{need("d", "duration")}, Result: result("duration"), Ending: true},
			{Name: "misuse"},
			{Name: "hello", Result: result("string")},
			{Name: "choose", Arguments: []*manifest.Parameter{
				{Name: "ways", Type: value.MustType("list<string>"), Limits: value.Limits{OneOf: []string{"left", "right"}}},
			}},
			{Name: "fail", Arguments: []*manifest.Parameter{arg("why", "string", "it broke")}, Result: result("struct")},
			{Name: "vague", Result: result("string")},
			{Name: "open", Arguments: []*manifest.Parameter{arg("n", "int", int64(1)), arg("to", "address", value.Addr("x:1"))},
				Result: result("object conn")},
			{Name: "emit", Arguments: []*manifest.Parameter{need("name", "string"), arg("term", "int", int64(0))}},
			{Name: "die"},
			{Name: "fetch", Arguments: []*manifest.Parameter{{Name: "urls", Type: value.MustType("list<string>"), Address: true}}},
		},
		Objects: []*manifest.ObjectType{{Name: "conn", Methods: []*manifest.Method{
			{Name: "send", Arguments: []*manifest.Parameter{need("data", "bytes")}},
			{Name: "join", Arguments: []*manifest.Parameter{need("other", "object conn")}},
		}}},
		Events: []*manifest.EventType{
			{Name: "became_leader", Fields: []*manifest.Parameter{{Name: "term"}, {Name: "who"}}},
			{Name: "dead", Fields: []*manifest.Parameter{{Name: "term"}, {Name: "who"}}},
		},
	}
}

func boxes(t testing.TB) *Kinds {
	t.Helper()
	bare := &manifest.Kind{Name: "bare", Config: []*manifest.Parameter{{Name: "size", Type: value.MustType("int")}}}
	chooser := &manifest.Kind{Name: "chooser", Config: []*manifest.Parameter{
		{Name: "strategy", Type: value.MustType("any"), HasDefault: true, Default: "round_robin"},
	}}
	term := []*manifest.Parameter{{Name: "term", Type: value.MustType("int")}}
	talker := &manifest.Kind{
		Name: "talker", Events: []*manifest.EventType{{Name: "spoke", Fields: term}},
		ListsMessages: true, Messages: []*manifest.MessageType{{Name: "vote", Fields: term}, {Name: "append"}},
	}
	kinds, err := NewKinds(box(), bare, chooser, talker, &manifest.Kind{Name: "mute", ListsMessages: true})
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

// reader serves sources from a map.
func reader(files map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		text, ok := files[name]
		if !ok {
			return nil, errors.New("no such file")
		}
		return []byte(text), nil
	}
}

func loadText(t testing.TB, text string) *load.File {
	t.Helper()
	f, err := load.Load(context.Background(), "x.star", load.Options{Read: reader(map[string]string{"x.star": text})})
	if err != nil {
		t.Fatalf("load: %v", err.(*trouble.Error).Whole())
	}
	return f
}

// runText runs the only experiment of a file on a world.
func runText(t testing.TB, w *world, text string) *Result {
	t.Helper()
	all, err := loadText(t, text).Experiments(nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 {
		t.Fatalf("got %d experiments, want 1", len(all))
	}
	return Run(context.Background(), all[0], w, RunOptions{Engine: "sim", Seed: 1, Kinds: boxes(t)})
}
