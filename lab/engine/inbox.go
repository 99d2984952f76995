package engine

import (
	"sync"
	"time"

	"github.com/netlab-dev/netlab/sdk/wire"
)

// inbox is where the goroutines that receive leave what the one that drives the engine is to know.
type inbox struct {
	signal chan struct{} // something has come

	mu    sync.Mutex
	items []arrival
}

// arrival is one thing that has come: an answer, the end of a node, or trouble that ends the run.
type arrival struct {
	node    *liveNode
	reply   *wire.Reply // At is CLOCK_MONOTONIC
	failure *wire.Failure
	trouble error
	came    time.Time
}

func newInbox() *inbox { return &inbox{signal: make(chan struct{}, 1)} }

func (b *inbox) put(a arrival) {
	a.came = time.Now()
	b.mu.Lock()
	b.items = append(b.items, a)
	b.mu.Unlock()
	b.poke()
}

// poke makes the one that drives the engine look.
func (b *inbox) poke() {
	select {
	case b.signal <- struct{}{}:
	default:
	}
}

// take empties the inbox.
func (b *inbox) take() []arrival {
	b.mu.Lock()
	defer b.mu.Unlock()
	items := b.items
	b.items = nil
	return items
}

// collect adds what has come to the progress.
func (l *live) collect(p *Progress) error {
	if err := l.record.flood(l.top); err != nil {
		return err
	}
	for _, a := range l.inbox.take() {
		switch {
		case a.trouble != nil:
			return a.trouble
		case a.failure != nil:
			if l.nodes[a.node.name] == a.node {
				l.top.ended(a.node.name)
			}
			failure := Failure{
				Node: a.node.name, At: l.record.since(a.failure.GetAt()),
				Error: clip(a.failure.GetError(), maxTold), Stack: clip(a.failure.GetStack(), maxStack),
				Misuse: a.failure.GetMisuse(), Hint: clip(a.failure.GetHint(), maxTold),
			}
			l.record.failure(failure)
			if a.failure.GetFiles() {
				return noFiles(failure)
			}
			p.Failures = append(p.Failures, failure)
		case a.reply != nil:
			reply, err := l.calls.reply(a.reply, l.record.since(a.reply.GetAt()))
			if err != nil {
				return pluginError("node %s: %v", a.node.name, err)
			}
			l.record.reply(l.calls.get(reply.Call).Call, reply)
			p.Replies = append(p.Replies, reply)
			l.lateness.own = max(l.lateness.own, time.Since(a.came))
		}
	}
	return nil
}
