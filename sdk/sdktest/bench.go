// Package sdktest is how to test a plugin. Run is the suite that every plugin should pass:
//
//	func TestPlugin(t *testing.T) { sdktest.Run(t, Plugin()) }
//
// Bench steps components by hand in virtual time, over the same protocol that a host speaks, so that a test of hours of
// a component's life takes milliseconds and fails the same way every time:
//
//	b := sdktest.NewBench(t, Plugin(), 1)
//	b.Add("echo", "tcp-echo", nil)
//	b.Do(func(env sdk.Env) {
//		conn, err := env.Dial("echo:8080")
//		...
//	})
package sdktest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// Bench is a world in virtual time whose nodes run a plugin's kinds. Its methods fail the test when something cannot be
// done. It belongs to one goroutine.
type Bench struct {
	t        T
	session  *session
	seed     uint64
	world    uint64
	now      time.Duration
	changes  []*wire.Change // of this instant
	starts   map[string]*wire.Start
	calls    []*wire.Call // likewise
	lastCall int64
	replies  map[int64]*wire.Reply
	events   []value.Event
	failures []string
	waiting  []*wire.Waiting
	tasks    *tasks
	closed   *wire.Closed
}

// NewBench opens a world of that seed, and closes it at the end of the test, which then fails for every failure of a
// node that was not asked for by Failures.
func NewBench(t T, p sdk.Plugin, seed uint64) *Bench {
	t.Helper()
	tasks := &tasks{}
	p.Kinds = append(slices.Clip(p.Kinds), tasks.kind(p.Kinds))
	b := newBench(t, open(t, p), seed)
	b.tasks = tasks
	return b
}

// newBench opens a world in a session. Without tasks it has no Do.
func newBench(t T, s *session, seed uint64) *Bench {
	b := &Bench{
		t: t, session: s, seed: seed, world: s.newWorld(),
		starts: map[string]*wire.Start{}, replies: map[int64]*wire.Reply{},
	}
	s.send(&wire.Command{World: b.world, Of: &wire.Command_Open{Open: &wire.Open{Seed: seed, Full: true}}})
	t.Cleanup(func() {
		if s.over() == nil { // else the test has said so
			b.Close()
		}
		for _, f := range b.failures {
			t.Errorf("seed %d: a node failed: %s", seed, f)
		}
	})
	return b
}

// Add adds a node. Its component starts when time passes next. What config does not name takes its default.
func (b *Bench) Add(name, kind string, config sdk.Fields, peers ...string) {
	b.starts[name] = &wire.Start{
		Node: name, Kind: kind, Config: wire.ToFields(config), Peers: slices.Sorted(slices.Values(peers)),
	}
	b.change(&wire.Change{Of: &wire.Change_Start{Start: b.starts[name]}})
}

// Crash ends a node at once; what it has not synced is lost.
func (b *Bench) Crash(node string) { b.change(&wire.Change{Of: &wire.Change_Crash{Crash: node}}) }

// Restart starts a crashed node again, with the configuration it had.
func (b *Bench) Restart(node string) {
	old := b.starts[node]
	b.starts[node] = &wire.Start{
		Node: node, Kind: old.GetKind(), Config: old.GetConfig(), Peers: old.GetPeers(),
		Incarnation: old.GetIncarnation() + 1,
	}
	b.change(&wire.Change{Of: &wire.Change_Start{Start: b.starts[node]}})
}

// Pause stops a node's tasks and timers until Resume.
func (b *Bench) Pause(node string) { b.change(&wire.Change{Of: &wire.Change_Pause{Pause: node}}) }

// Resume ends a pause.
func (b *Bench) Resume(node string) { b.change(&wire.Change{Of: &wire.Change_Resume{Resume: node}}) }

// Network gives all links a profile.
func (b *Bench) Network(p link.Profile) {
	b.change(&wire.Change{Of: &wire.Change_DefaultProfile{DefaultProfile: wire.ToProfile(p)}})
}

// Cut stops everything between two nodes until Heal.
func (b *Bench) Cut(a, c string) {
	for _, f := range []*wire.LinkFault{fault(a, c), fault(c, a)} {
		b.change(&wire.Change{Of: &wire.Change_AddEffect{AddEffect: f}})
	}
}

// Heal ends a Cut.
func (b *Bench) Heal(a, c string) {
	for _, f := range []*wire.LinkFault{fault(a, c), fault(c, a)} {
		b.change(&wire.Change{Of: &wire.Change_RemoveEffect{RemoveEffect: f}})
	}
}

// Reset resets every connection between two nodes.
func (b *Bench) Reset(a, c string) {
	b.change(&wire.Change{Of: &wire.Change_Reset_{Reset_: &wire.Pair{From: a, To: c}}})
}

func fault(from, to string) *wire.LinkFault {
	return &wire.LinkFault{Link: &wire.Pair{From: from, To: to}, Fault: 1, Effect: uint32(link.Cut)}
}

func (b *Bench) change(c *wire.Change) { b.changes = append(b.changes, c) }

// Run lets time pass.
func (b *Bench) Run(d time.Duration) {
	b.t.Helper()
	until := b.now + d
	b.advance(until)
	for b.now < until { // a turn that has brought very many events ends before its time
		b.advance(until)
	}
}

// Now is the time since the world began.
func (b *Bench) Now() time.Duration { return b.now }

// advance is one turn; the answer to one of the calls ends it early.
func (b *Bench) advance(until time.Duration, wake ...int64) {
	b.t.Helper()
	a := &wire.Advance{Changes: b.changes, Calls: b.calls, Until: int64(until), Wake: wake}
	b.changes, b.calls = nil, nil
	p := b.session.advance(b.world, a)
	if p.GetError() != "" {
		b.t.Fatalf("seed %d, %v: %s", b.seed, b.now, p.GetError())
	}
	b.now = time.Duration(p.GetNow())
	b.waiting = p.GetWaiting()
	for _, e := range p.GetEvents() {
		event, err := wire.FromEvent(e)
		if err != nil {
			b.t.Fatalf("%v", err)
		}
		b.events = append(b.events, event)
	}
	for _, f := range p.GetFailures() {
		b.failures = append(b.failures, strings.TrimSpace(
			fmt.Sprintf("%s at %v: %s\n%s", f.GetNode(), time.Duration(f.GetAt()), f.GetError(), f.GetStack())))
	}
	for _, r := range p.GetReplies() {
		b.replies[r.GetCall()] = r
	}
}

func (b *Bench) whatWaits() string {
	text := ""
	for _, w := range b.waiting {
		text += fmt.Sprintf("\n%s: %s", w.GetNode(), w.GetWhat())
	}
	return text
}

// Events returns what the components have emitted so far.
func (b *Bench) Events() []value.Event {
	var events []value.Event
	for _, e := range b.events {
		if e.Class == value.ClassComponent {
			events = append(events, e)
		}
	}
	return events
}

// Failures returns, and forgets, which nodes have failed and why.
func (b *Bench) Failures() []string {
	failures := b.failures
	b.failures = nil
	return failures
}

// Close ends the world and returns its digest. It may be called more than once.
func (b *Bench) Close() (digest uint64) {
	b.t.Helper()
	if b.closed == nil {
		b.closed = b.session.close(b.world)
	}
	if b.closed.GetError() != "" {
		b.t.Errorf("seed %d: %s", b.seed, b.closed.GetError())
	}
	return b.closed.GetDigest()
}
