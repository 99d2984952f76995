package serve

import (
	"sync"

	"github.com/netlab-dev/netlab/sdk/live"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// liveCalls are the calls in flight on a live node, and the instance whose objects they share.
type liveCalls struct {
	mu       sync.Mutex // guards all, and the instance's objects
	instance *instance
	pending  map[int64]bool
}

func (w *liveWorld) call(call *wire.Call) {
	c := &w.calls
	if w.node == nil {
		w.reply(&wire.Reply{Call: call.GetId(), Status: wire.Reply_FAILED, Error: wire.Text(call.GetNode() + " is not started")})
		return
	}
	c.mu.Lock()
	invocation := new(invocation)
	err := invocation.prepare(c.instance, call)
	c.pending[call.GetId()] = true
	c.mu.Unlock()
	if err != nil {
		w.answer(&wire.Reply{Call: call.GetId(), Status: wire.Reply_FAILED, Error: wire.Text(err.Error())})
		return
	}
	w.node.Go(func() {
		result, err := invocation.call()
		var series []byte
		if w.open.GetSeries() {
			series = c.instance.measured(invocation, result, err)
		}
		c.mu.Lock()
		status, value, text := c.instance.reply(invocation.method, result, err)
		c.mu.Unlock()
		w.answer(&wire.Reply{Call: call.GetId(), Status: status, Value: value, Error: wire.Text(text), Series: series})
	})
	select {
	case <-w.node.Stopped(): // Go does nothing then, and says nothing
		w.sweep()
	default:
	}
}

// answer ends a call, once.
func (w *liveWorld) answer(reply *wire.Reply) {
	w.calls.mu.Lock()
	pending := w.calls.pending[reply.Call]
	delete(w.calls.pending, reply.Call)
	w.calls.mu.Unlock()
	if pending {
		w.reply(reply)
	}
}

// sweep answers the calls that nobody will answer any more.
func (w *liveWorld) sweep() {
	w.calls.mu.Lock()
	left := w.calls.pending
	w.calls.pending = map[int64]bool{}
	w.calls.mu.Unlock()
	for id := range left { // the host tells them apart by number: their order means nothing
		w.reply(&wire.Reply{Call: id, Status: wire.Reply_UNKNOWN, Error: wire.Text(w.calls.instance.name + " stopped")})
	}
}

func (w *liveWorld) reply(reply *wire.Reply) {
	reply.At = int64(live.Monotonic())
	w.out.put(w.id, &wire.Report{Of: &wire.Report_Reply{Reply: reply}})
}
