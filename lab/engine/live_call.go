package engine

import (
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/host"
	clock "github.com/netlab-dev/netlab/sdk/live"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// sendCalls sends the calls of this instant. All of them can be made, as far as the topology knows; a node may have
// died since.
func (l *live) sendCalls() {
	for _, id := range l.calls.pending {
		call := new(wire.Call)
		l.calls.write(id, call)
		call.At = int64(l.calls.get(id).begun)
		l.record.call(id, l.calls.get(id).Call, l.Now())
		l.nodes[call.Node].send(call)
	}
	l.calls.pending = l.calls.pending[:0]
}

// send sends a call, and answers it in the node's place when that is dead.
func (n *liveNode) send(call *wire.Call) {
	n.mu.Lock()
	if n.gone || n.failed {
		n.mu.Unlock()
		n.live.inbox.put(arrival{node: n, reply: &wire.Reply{
			Call: call.GetId(), Status: wire.Reply_FAILED, Error: n.name + " is crashed", At: int64(clock.Monotonic()),
		}})
		return
	}
	n.inFlight[ID(call.GetId())] = true
	n.lastCall = ID(call.GetId())
	n.mu.Unlock()
	// An error means that the process has ended: its watch answers the call.
	_ = n.process.Send(&wire.Command{World: n.world, Of: &wire.Command_Call{Call: call}})
}

// reply takes a reply, to one of the calls in flight.
func (n *liveNode) reply(r *wire.Reply) {
	id := ID(r.GetCall())
	n.mu.Lock()
	inFlight, made := n.inFlight[id], id > 0 && id <= n.lastCall
	delete(n.inFlight, id)
	n.mu.Unlock()
	switch {
	case !made:
		n.garbled(notMade(id))
	case !inFlight:
		n.garbled(repeated(id))
	case !n.couldBe("a reply", r.GetAt()):
	default:
		n.live.inbox.put(arrival{node: n, reply: r})
	}
}

// couldBe reports whether what the process tells can have happened at that instant of its clock, and tells when not.
func (n *liveNode) couldBe(what string, at int64) bool {
	err := between(what, time.Duration(at), 0, clock.Monotonic())
	if err != nil {
		n.garbled(err)
	}
	return err == nil
}

// garbled ends the run because of what the process has said. Once is enough.
func (n *liveNode) garbled(err error) {
	n.mu.Lock()
	first := !n.isGarbled
	n.isGarbled = true
	n.mu.Unlock()
	if first {
		n.live.inbox.put(arrival{node: n, trouble: pluginError("node %s: %v", n.name, err)})
	}
}

// ask notes that the node's end is wanted: it is no failure. It reports whether an end until now would have been one
// that nobody has been told of.
func (n *liveNode) ask() (untold bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	untold = !n.asked && !n.failed && !n.gone
	n.asked, n.askedAt = true, int64(clock.Monotonic())
	return untold
}

// processEnd is the failure of a node whose process has ended by itself.
func (n *liveNode) processEnd(at int64) *wire.Failure {
	f := &wire.Failure{Node: n.name, At: at, Error: "the process ended"}
	exit, ok := n.process.Err().(*host.Exit)
	if !ok {
		return f
	}
	f.Error = exit.Reason()
	if _, stack, printed := strings.Cut(exit.Panic, "\n"); printed {
		f.Stack = strings.TrimSpace(stack)
	}
	return f
}
