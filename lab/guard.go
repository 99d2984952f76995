package lab

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// stopGrace is how long runs have to end after an interruption, in wall time.
const stopGrace = 3 * time.Second

// guard ends a command whose script does not end: one that eats memory, or one that is inside a single operation of
// the interpreter, which nothing can stop, when its time is over or the user interrupts. It then tears everything down
// and calls giveUp, which should end the process.
type guard struct { // nil: nobody can end the process, and nothing is guarded
	session *session
	over    chan struct{} // closed when the command has come to its end by itself
	claimed atomic.Bool   // by whoever is first: the end by itself, or giving up
	gaveUp  chan struct{} // closed after giveUp has returned
	unwatch func()
	release func() bool
}

func newGuard(ctx context.Context, b *session) *guard {
	g := &guard{session: b, over: make(chan struct{}), gaveUp: make(chan struct{})}
	g.unwatch = load.WatchHeap(0, g.giveUp)
	g.release = context.AfterFunc(ctx, bug.Guarded(func() {
		grace := time.NewTimer(stopGrace)
		defer grace.Stop()
		select {
		case <-g.over:
			return
		case <-grace.C:
		case <-b.options.Hurry:
		}
		g.giveUp(context.Cause(ctx))
	}))
	return g
}

// giveUp takes over from a command that does not end.
func (g *guard) giveUp(err error) {
	if !g.claimed.CompareAndSwap(false, true) {
		return
	}
	defer close(g.gaveUp)
	if h := g.session.host; h != nil { // nil where nothing runs
		if closing := h.Close(); closing != nil {
			g.session.notice(closing.Error())
		}
	}
	e := *classify(err)
	if running := g.session.running.Load(); running != nil && e.Class == trouble.Script {
		e.Text, e.Pos = *running+": "+e.Error(), trouble.Position{}
	}
	g.session.options.GiveUp(&e)
}

// limit is the bound on a run or a load. Without a guard, nobody ends one that cannot be stopped.
func (b *session) limit() load.Limit {
	l := load.Limit{Time: b.options.Timeout}
	if b.guard != nil {
		l.Stuck = b.guard.giveUp
	}
	return l
}

// pass is called when a run has ended. Should the command have been given up meanwhile, that is waited for: what
// happens while everything is torn down is nobody's result.
func (g *guard) pass() {
	if g != nil && g.claimed.Load() {
		<-g.gaveUp
	}
}

// end is called when the command ends by itself.
func (g *guard) end() {
	if g == nil {
		return
	}
	if !g.claimed.CompareAndSwap(false, true) {
		<-g.gaveUp
		return
	}
	g.release()
	close(g.over)
	g.unwatch()
}
