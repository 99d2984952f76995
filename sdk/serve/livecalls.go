package serve

import (
	"fmt"
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
		w.reply(call.GetId(), wire.Reply_FAILED, nil, call.GetNode()+" is not started")
		return
	}
	c.mu.Lock()
	invocation := new(invocation)
	err := invocation.prepare(c.instance, call)
	c.pending[call.GetId()] = true
	c.mu.Unlock()
	if err != nil {
		w.answer(call.GetId(), wire.Reply_FAILED, nil, err.Error())
		return
	}
	w.node.Go(func() {
		result, err := invocation.call()
		c.mu.Lock()
		status, value, text := c.instance.reply(invocation.method, result, err)
		c.mu.Unlock()
		w.answer(call.GetId(), status, value, text)
	})
	select {
	case <-w.node.Stopped(): // Go does nothing then, and says nothing
		w.sweep()
	default:
	}
}

// answer ends a call, once.
func (w *liveWorld) answer(id int64, status wire.Reply_Status, value []byte, text string) {
	w.calls.mu.Lock()
	pending := w.calls.pending[id]
	delete(w.calls.pending, id)
	w.calls.mu.Unlock()
	if pending {
		w.reply(id, status, value, text)
	}
}

// sweep answers the calls that nobody will answer any more.
func (w *liveWorld) sweep() {
	w.calls.mu.Lock()
	left := w.calls.pending
	w.calls.pending = map[int64]bool{}
	w.calls.mu.Unlock()
	for id := range left { // the host tells them apart by number: their order means nothing
		w.reply(id, wire.Reply_UNKNOWN, nil, fmt.Sprintf("%s stopped", w.calls.instance.name))
	}
}

func (w *liveWorld) reply(id int64, status wire.Reply_Status, value []byte, text string) {
	reply := &wire.Reply{Call: id, Status: status, Value: value, Error: wire.Text(text), At: int64(live.Monotonic())}
	w.out.put(w.id, &wire.Report{Of: &wire.Report_Reply{Reply: reply}})
}
