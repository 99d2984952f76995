package engine

import (
	"fmt"
	"strings"

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
	n.mu.Unlock()
	// An error means that the process has ended: its watch answers the call.
	_ = n.process.Send(&wire.Command{World: n.world, Of: &wire.Command_Call{Call: call}})
}

// answered takes a call from those in flight; false when it is not among them.
func (n *liveNode) answered(id ID) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	was := n.inFlight[id]
	delete(n.inFlight, id)
	return was
}

// ask notes that the node's end is wanted: it is no failure. It reports whether an end until now would have been one
// that nobody has been told of.
func (n *liveNode) ask() (untold bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	untold = !n.asked && !n.failed && !n.gone
	n.asked = true
	return untold
}

// obituary is the failure of a node whose process has ended by itself.
func (n *liveNode) obituary(at int64) *wire.Failure {
	f := &wire.Failure{Node: n.name, At: at, Error: "the process ended"}
	exit, ok := n.process.Err().(*host.Exit)
	if !ok {
		return f
	}
	switch {
	case exit.Panic != "":
		f.Error, f.Stack = splitPanic(exit.Panic)
	case exit.Signal != nil:
		f.Error = fmt.Sprintf("the process was ended by a signal: %v", exit.Signal)
	default:
		f.Error = fmt.Sprintf("the process exited with code %d", exit.Code)
	}
	return f
}

// splitPanic parts a panic as the Go runtime prints it into its text and the stacks.
func splitPanic(printed string) (text, stack string) {
	text, stack, _ = strings.Cut(printed, "\n")
	return text, strings.TrimSpace(stack)
}
