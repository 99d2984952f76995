package engine

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/lab/relay"
	"github.com/netlab-dev/netlab/lab/trace"
	clock "github.com/netlab-dev/netlab/sdk/live"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/value"
)

// recorder numbers the events of a run, of components as of the lab, and in live puts them on one time scale. Calls and
// connections are recorded here in live only: in sim the kernel does it, because they belong to the digest.
//
// Numbers are in order of arrival. For what a component emits that is the order in which it did; but in live an event
// of the lab may get its number before one of the component that is a little older. It is safe for concurrent use.
type recorder struct {
	store *trace.Store

	mu     sync.Mutex
	zero   time.Duration     // CLOCK_MONOTONIC when the run began; 0 before
	seq    map[string]uint64 // of each node's last event, over all its incarnations
	news   news
	budget budget

	// losses are the latest datagrams that links have lost. They have no numbers: whether they are told changes nothing else.
	losses  trace.Store
	packets network.Latest // in live
	lanes   trace.Lanes

	messages    messages
	messageRoom int // bytes
}

func newRecorder(recent int) *recorder {
	return &recorder{
		store: &trace.Store{Recent: recent}, losses: trace.Store{Recent: KeptLosses},
		seq: map[string]uint64{}, news: news{seen: map[EventWake]bool{}}, messageRoom: maxMessageBytes, budget: newBudget(recent),
	}
}

// begin makes t = 0 the instant that was `ago` before now.
func (r *recorder) begin(ago time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.zero = clock.Monotonic() - ago
}

// began is when the run began, an instant of CLOCK_MONOTONIC; 0 before.
func (r *recorder) began() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.zero
}

// since turns an instant of CLOCK_MONOTONIC into one since the run began. What happened before is counted as then.
func (r *recorder) since(at int64) time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.zero == 0 {
		return 0
	}
	return max(0, time.Duration(at)-r.zero)
}

// add numbers and keeps an event whose time is since the run began. Of a call, whoever tells of it, the values are cut.
func (r *recorder) add(e value.Event) {
	if e.Class == value.ClassLoss {
		r.losses.Add(e)
		return
	}
	if e.Class == value.ClassCall {
		for i := range e.Fields {
			e.Fields[i].Value = brief(e.Fields[i].Value)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.budget.take(e) {
		if r.news.tell != nil {
			r.news.tell() // whoever drives the engine ends the run
		}
		return
	}
	r.seq[e.Node]++
	e.Seq = r.seq[e.Node]
	r.store.Add(e)
	r.news.note(e)
}

// KeptLosses is how many lost datagrams a run keeps, the latest.
const KeptLosses = 1000

// packet is told by the relay what has become of a packet. The loss of a datagram is an event of the sender, as in sim.
func (r *recorder) packet(p *network.Packet) {
	r.packets.Add(p)
	if p.Copies == 0 && p.Conn == 0 {
		r.add(value.Event{At: p.Left, Node: p.From, Class: value.ClassLoss, Name: "lost", Fields: value.Loss(p.To, p.Size, p.Why)})
	}
}

// undelivered is told by the relay of a datagram that has arrived where nobody receives it.
func (r *recorder) undelivered(at time.Duration, from value.Addr, to string, port, size int) {
	r.add(value.Event{At: at, Node: to, Class: value.ClassLoss, Name: "undelivered", Fields: value.Undelivered(from, port, size)})
}

// selected are the events that match, losses among them.
func (r *recorder) selected(f trace.Filter) []value.Event {
	events := r.store.Select(f)
	if lost := r.losses.Select(f); len(lost) > 0 {
		events = append(slices.Clone(events), lost...)
		slices.SortStableFunc(events, trace.Compare)
	}
	return events
}

// connection is told by the relay what becomes of a connection. The event is the dialler's.
func (r *recorder) connection(at time.Duration, from, to string, port int, what string) {
	r.add(value.Event{
		At: at, Node: from, Class: value.ClassConn, Name: connNames[what],
		Fields: value.Fields{{Name: "remote", Value: value.MakeAddr(to, port)}},
	})
}

// connNames are the words for what the relay tells, the same as in sim.
var connNames = map[string]string{
	relay.Opened: "connected", relay.Refused: "refused", relay.Closed: "closed", relay.WasReset: "reset",
}

// failure records the end of a node that nobody asked for.
func (r *recorder) failure(f Failure) {
	r.lanes.End(f.Node, f.At)
	r.add(value.Event{
		At: f.At, Node: f.Node, Class: value.ClassFault, Name: "failed",
		Fields: value.Fields{{Name: "error", Value: f.Error}},
	})
}

// call records that a method was called. The number of its event is the call's.
func (r *recorder) call(id ID, c Call, at time.Duration) {
	r.add(value.Event{
		Number: uint64(id), At: at, Node: c.Node, Class: value.ClassCall, Name: "called",
		Fields: value.Fields{
			{Name: "method", Value: c.Method}, {Name: "object", Value: c.Object.ID}, {Name: "arguments", Value: c.Args},
		},
	})
}

// maxBrief is how many bytes of a text the trace keeps of a call.
const maxBrief = 1 << 10

// brief is what the trace keeps of a value of a call: not the body of a download, nor what an object has said of itself.
func brief(v any) any {
	switch v := v.(type) {
	case string:
		return strings.ToValidUTF8(strings.Clone(v[:min(len(v), maxBrief)]), "")
	case []byte:
		return bytes.Clone(v[:min(len(v), maxBrief)])
	case value.Object:
		v.Fields = nil
		return v
	case value.Fields:
		if value.Weight(v) > maxBrief {
			return fmt.Sprintf("(%d values)", len(v))
		}
	case []any:
		if value.Weight(v) > maxBrief {
			return fmt.Sprintf("(a list of %d)", len(v))
		}
	}
	return v
}

// reply records how a call has ended.
func (r *recorder) reply(c Call, reply Reply) {
	fields := value.Fields{{Name: "method", Value: c.Method}, {Name: "status", Value: reply.Status.String()}}
	if reply.Status == OK {
		fields = append(fields, value.Field{Name: "value", Value: reply.Value})
	} else {
		fields = append(fields, value.Field{Name: "error", Value: reply.Error})
	}
	r.add(value.Event{At: reply.At, Node: c.Node, Class: value.ClassCall, Name: "answered", Fields: fields})
}
