package raft

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/netlab-dev/netlab/plugins/raft/core"
	"github.com/netlab-dev/netlab/plugins/raft/kv"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/disk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sim"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Closed worlds leave nothing behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a cluster n1, n2 ... in virtual time.
type world struct {
	*sim.World
	t      testing.TB
	names  []string
	rafts  map[string]*Raft // of the present incarnations
	events []value.Event
	cuts   map[[2]string]*link.Meter
	adjust func(*Raft)
}

// lan is the ordinary link of these tests.
var lan = link.Profile{Latency: link.NewFixed(5 * time.Millisecond), Jitter: link.NewFixed(2 * time.Millisecond)}

func newWorld(t testing.TB, nodes int, cfg sim.Config, adjust func(*Raft)) *world {
	t.Helper()
	w := &world{World: sim.New(cfg), t: t, rafts: map[string]*Raft{}, cuts: map[[2]string]*link.Meter{}, adjust: adjust}
	t.Cleanup(w.Close)
	w.SetDefault(lan)
	for i := range nodes {
		w.names = append(w.names, fmt.Sprintf("n%d", i+1))
	}
	for i, name := range w.names {
		peers := append(append([]string{}, w.names[:i]...), w.names[i+1:]...)
		if _, err := w.Add(name, peers); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range w.names {
		w.start(name)
	}
	return w
}

// syncsTake makes every sync of a file take d.
func (w *world) syncsTake(d time.Duration) {
	if err := w.SetSync("", link.NewFixed(d)); err != nil {
		w.t.Fatal(err)
	}
}

// ordinary is a Raft with the defaults of the manifest.
func ordinary() *Raft {
	return &Raft{
		Port: 7000, ElectionTimeout: link.NewUniform(150*time.Millisecond, 300*time.Millisecond),
		Heartbeat: 50 * time.Millisecond, PreVote: true, CheckQuorum: true,
		MaxBatch: core.DefaultMaxBytes, MaxInflight: core.DefaultMaxInflight, MaxUncommitted: core.DefaultMaxUncommitted,
		store: kv.NewStore(),
	}
}

func (w *world) start(name string) {
	w.t.Helper()
	r := ordinary()
	if w.adjust != nil {
		w.adjust(r)
	}
	w.rafts[name] = r
	if err := w.Node(name).Start(r.Run); err != nil {
		w.t.Fatal(err)
	}
}

// pass lets time pass.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	w.Run(w.Now()+d, nil)
	w.collect()
}

func (w *world) collect() {
	w.t.Helper()
	w.events = append(w.events, w.Drain()...)
	for _, f := range w.Failures() {
		w.t.Fatalf("%s failed at %v: %v\n%s", f.Node, f.At, f.Err, f.Stack)
	}
}

// await lets time pass until the condition holds.
func (w *world) await(what string, condition func() bool) {
	w.t.Helper()
	w.Run(w.Now()+5*time.Second, condition)
	w.collect()
	if !condition() {
		w.t.Fatalf("not within 5s: %s", what)
	}
}

func (w *world) status(name string) Status {
	if name == "" {
		return Status{} // as of a leader that is not there
	}
	s, err := w.rafts[name].readStatus(w.Node(name))
	if err != nil || w.Node(name).State() != "running" {
		return Status{}
	}
	return s
}

// leader is the name of the leader of the highest term, "" for none.
func (w *world) leader() string {
	best, term := "", uint64(0)
	for _, name := range w.names {
		if s := w.status(name); s.Role == "leader" && s.Term >= term {
			best, term = name, s.Term
		}
	}
	return best
}

func (w *world) elect() string {
	w.t.Helper()
	w.await("a leader", func() bool { return w.leader() != "" })
	return w.leader()
}

// reply is the state of a call of a method.
type reply[T any] struct {
	done, stopped bool
	value         T
	err           error
}

func call[T any](w *world, name string, method func(*Raft, sdk.Env) (T, error)) *reply[T] {
	r, raft := &reply[T]{}, w.rafts[name]
	w.Node(name).Call(func(e sdk.Env) {
		r.value, r.err = method(raft, e)
	}, func(stopped bool) { r.done, r.stopped = true, stopped })
	return r
}

func (w *world) propose(name, command string) *reply[Proposed] {
	return call(w, name, func(r *Raft, e sdk.Env) (Proposed, error) {
		return r.propose(e, ProposeArgs{Command: command})
	})
}

// agree proposes and waits until every running node, but those excepted, has applied the command.
func (w *world) agree(command string, except ...string) Proposed {
	w.t.Helper()
	name := w.elect()
	r := w.propose(name, command)
	w.await("an answer to "+command, func() bool { return r.done })
	if r.err != nil || r.stopped {
		w.t.Fatalf("propose(%q) on %s: %v, stopped %v", command, name, r.err, r.stopped)
	}
	w.await("applied everywhere", func() bool {
		for _, name := range w.names {
			missing := w.Node(name).State() == "running" && w.status(name).Applied < r.value.Index
			if missing && !slices.Contains(except, name) {
				return false
			}
		}
		return true
	})
	return r.value
}

// isolate cuts a node from all others; heal takes it back.
func (w *world) isolate(name string) {
	for _, other := range w.names {
		for _, pair := range [][2]string{{name, other}, {other, name}} {
			if name != other {
				w.cut(pair[0], pair[1])
			}
		}
	}
}

// cut stops what one node sends to another; heal takes it back.
func (w *world) cut(from, to string) {
	if pair := [2]string{from, to}; w.cuts[pair] == nil {
		w.cuts[pair] = &link.Meter{}
		if err := w.AddEffect(link.Cut, from, to, w.cuts[pair]); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) heal() {
	for pair, meter := range w.cuts {
		if err := w.RemoveEffect(link.Cut, pair[0], pair[1], meter); err != nil {
			w.t.Fatal(err)
		}
		delete(w.cuts, pair)
	}
}

// check holds what every run must show: one leader a term, equal hashes at equal indexes.
func (w *world) check() {
	w.t.Helper()
	leaders, hashes := map[any]string{}, map[any]any{}
	for _, e := range w.events {
		switch e.Name {
		case "became_leader":
			term := e.Get("term")
			if other, ok := leaders[term]; ok && other != e.Node {
				w.t.Errorf("%s and %s both lead term %v", other, e.Node, term)
			}
			leaders[term] = e.Node
		case "applied":
			index, hash := e.Get("index"), e.Get("hash")
			if other, ok := hashes[index]; ok && other != hash {
				w.t.Errorf("%s applies another entry at index %v", e.Node, index)
			}
			hashes[index] = hash
		case "violated":
			w.t.Errorf("%s: %v", e.Node, e.Fields)
		}
	}
	if len(leaders) == 0 || len(hashes) == 0 {
		w.t.Errorf("%d leaders and %d entries: nothing was shown", len(leaders), len(hashes))
	}
}

// keeper gives every node of a world a disk that tests can reach.
type keeper map[string]disk.Backing

func (k keeper) open(name string) disk.Backing {
	if k[name] == nil {
		k[name] = disk.Memory()
	}
	return k[name]
}
