package sim

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/hashicorp/go-hclog"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/clock"
	"github.com/netlab-dev/netlab/sdk/disk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Node is a place where a component may run. It implements sdk.Env for the tasks of its present incarnation.
type Node struct {
	world *World
	name  string
	id    uint64 // unique in the process, for the watchdog
	rank  uint64
	peers []string

	inc    *incarnation // the latest, nil before the first Start
	number int          // of the latest incarnation; -1 before the first
	clock  clock.Clock
	paused bool
	held   []*task  // ready, but the node is paused
	late   []*timer // due, but the node is paused

	host   *network.Host
	events uint64 // number of the latest event
	digest xxhash.Digest

	routes   map[value.Addr]route
	files    disk.Backing
	syncTime link.Draw
	log      hclog.Logger

	busyAt   time.Duration // the instant that switches counts
	switches int
}

var nodeIDs atomic.Uint64

// incarnation is what a crash ends.
type incarnation struct {
	node    *Node
	began   clock.Mark
	dead    bool
	tasks   list[*task]
	timers  list[*afterFunc]
	conns   list[*conn] // those that a crash resets, oldest first
	tcp     ports
	udp     ports
	accepts map[int]*listener
	sockets map[int]*socket
	rand    *rand.Rand
	disk    *disk.Disk
	syncs   map[string]*syncs // by the file's name
	looker  *task             // of Node.Look
}

// Incarnation is the number of the latest incarnation: 0 for the first, -1 before it.
func (n *Node) Incarnation() int { return n.number }

// State is "running", "paused", or "crashed", which includes not started yet.
func (n *Node) State() string {
	switch {
	case n.inc == nil || n.inc.dead:
		return "crashed"
	case n.paused:
		return "paused"
	}
	return "running"
}

// Start begins an incarnation. Its first task is run, which goes at the current instant, when the next Call or Run of
// the world begins: so nodes that are started together all exist when the first of them acts. When run has parked or
// returned, which is before that Call's own function begins, the node is ready. If run returns nil the node stays up;
// an error fails the node. The error of Start itself says that the node is up already or the world closed.
func (n *Node) Start(run func(sdk.Env) error) error {
	if n.world.closed {
		return errClosed
	}
	if n.inc != nil && !n.inc.dead {
		return fmt.Errorf("node %s: started while it is %s", n.name, n.State())
	}
	n.number++
	n.inc = &incarnation{node: n, began: n.clock.Mark(n.world.time())}
	n.note(noteStart, uint64(n.number), 0)
	var t *task
	t = n.inc.spawn(func() { t.failed = run(n) })
	return nil
}

// Call runs f as a new task of the node, now, before the other steps of the instant. A function that does not park has
// ended when Call returns. done is called once, when f has returned (stopped is false), or when the node or the world
// ends before that (stopped is true), also at once on a node that is not up. On a paused node f begins at the resume.
func (n *Node) Call(f func(sdk.Env), done func(stopped bool)) {
	if n.inc == nil || n.inc.dead {
		done(true)
		return
	}
	n.inc.spawn(func() { f(n) }).done = done
	n.world.drain()
}

// Look runs f as a task of the node, now, for whoever wants to see its state; not on a node that is not running. Nothing of a
// look is part of the run: a call of the environment that waits ends f by a panic, which f may recover, and one that acts has no
// effect. The error tells of the first such call. No task may have control meanwhile.
func (n *Node) Look(f func(sdk.Env)) error {
	if n.State() != "running" {
		return nil
	}
	t := n.inc.looker
	if t == nil { // it never parks, so it needs no coroutine
		t = &task{inc: n.inc, look: true, worker: &worker{id: workers.Add(1)}}
		n.inc.looker = t
	}
	t.f, t.looked = func() { f(n) }, nil
	n.world.running(t)
	runTask([3]uint64{stackMark, n.id, t.worker.id}, t)
	n.world.running(nil)
	return t.looked
}

// Why a look is refused.
var (
	errWaits = errors.New("it makes a call that waits")
	errActs  = errors.New("it makes a call that acts")
)

// Crash ends the incarnation: its tasks unwind, what its disk had not synced is lost, its connections are reset, later
// dials are refused. Nothing happens to a node that is not up. It must not be called by a task.
func (n *Node) Crash() {
	if n.inc == nil || n.inc.dead || n.world.closed {
		return
	}
	n.note(noteCrash, 0, 0)
	n.inc.end()
}

// Kill is a Crash of the process alone: the machine goes on, so what was written is kept, synced or not.
func (n *Node) Kill() {
	if n.inc == nil || n.inc.dead || n.world.closed {
		return
	}
	if n.inc.disk != nil {
		if err := n.inc.disk.Kill(); err != nil { // memory takes everything
			panic(err)
		}
	}
	n.note(noteCrash, 1, 0)
	n.inc.end()
}

// Pause stops the node's tasks and timers. Its transport goes on: it acknowledges, accepts into the backlog, fills its
// buffers.
func (n *Node) Pause() {
	if n.State() == "running" {
		n.note(notePause, 0, 0)
		n.paused = true
	}
}

// Resume ends a pause: what became ready during it runs, then the timers that are overdue ring.
func (n *Node) Resume() {
	if n.State() != "paused" {
		return
	}
	n.note(noteResume, 0, 0)
	n.paused = false
	held, late := n.held, n.late
	n.held, n.late = nil, nil
	for _, t := range held {
		t.queue()
	}
	for _, t := range late {
		if t.overdue {
			t.overdue = false
			t.happen()
		}
	}
}

// end unwinds everything that belongs to the incarnation.
func (inc *incarnation) end() {
	n := inc.node
	if inc.dead {
		return
	}
	inc.dead = true
	n.paused, n.held, n.late = false, nil, nil
	for e := inc.timers.first; e != nil; e = e.next {
		e.value.stop()
	}
	stopped := inc.unwind()
	if !n.world.closed {
		for inc.conns.first != nil {
			inc.conns.first.value.crash()
		}
	}
	inc.accepts, inc.sockets = nil, nil
	if inc.disk != nil {
		inc.disk.Crash()
	}
	for _, done := range stopped {
		done(true)
	}
}

// Failure is the end of a node that nobody asked for: its Run returned an error, or one of its tasks panicked or spun.
type Failure struct {
	Node string
	At   time.Duration
	Err  error
	// Stack is the component's part of the stack at a panic, else empty.
	Stack string
}

// fail crashes the node because of err.
func (n *Node) fail(err error, stack string) {
	if n.inc.dead {
		return
	}
	n.world.failures = append(n.world.failures, Failure{Node: n.name, At: n.world.now, Err: err, Stack: stack})
	n.note(noteFail, 0, 0)
	n.inc.end()
}

// Failed tells whether there are Failures.
func (w *World) Failed() bool { return len(w.failures) > 0 }

// Failures returns the failures since the last call.
func (w *World) Failures() []Failure {
	failures := w.failures
	w.failures = nil
	return failures
}

var errOutside = errors.New("sim: a blocking call of the environment outside its node's tasks")

// enter returns the task that makes a blocking call, or an error if it must not park any more. A task that goes on
// calling in its deferred functions, as a loop that ignores errors would, is ended for good.
func (n *Node) enter() (*task, error) {
	t := n.world.current.Load()
	if t == nil || t.inc.node != n {
		panic(errOutside)
	}
	switch {
	case t.look:
		t.looked = cmp.Or(t.looked, errWaits)
		panic(errWaits)
	case !t.inc.dead:
		return t, nil
	}
	t.refuse()
	return nil, sdk.ErrStopped
}

// stopped reports whether a call that does not block must have no effect: its task unwinds or only looks, or the node is not up.
func (n *Node) stopped() bool {
	if t := n.world.current.Load(); t != nil {
		return t.acts()
	}
	return n.inc == nil || n.inc.dead
}

// acts notes that the task acts, and reports whether that must have no effect.
func (t *task) acts() bool {
	if t.look {
		t.looked = cmp.Or(t.looked, errActs)
	}
	return t.look || t.inc.dead
}
