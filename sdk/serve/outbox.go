package serve

import (
	"runtime"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/netlab-dev/netlab/sdk/wire"
)

const (
	outboxBatch = 256     // reports in one message at most,
	outboxBytes = 4 << 20 // and about so many bytes, unless one report has more
	outboxRoom  = 1 << 13 // reports that may wait before putWait waits
)

// outbox gathers what is to be reported while the message before is being sent, so that the more there is to say, the
// fewer messages it takes. Reports keep their order.
type outbox struct {
	mu      sync.Mutex
	changed sync.Cond
	queue   []*wire.Report
	closed  bool
}

func newOutbox() *outbox {
	o := &outbox{}
	o.changed.L = &o.mu
	return o
}

// put adds a report. It never waits.
func (o *outbox) put(world uint64, report *wire.Report) {
	report.World = world
	o.mu.Lock()
	o.queue = append(o.queue, report)
	if len(o.queue) == 1 {
		o.changed.Broadcast()
	}
	o.mu.Unlock()
}

// putWait adds a report once there is room: a component that emits faster than the host reads is held up, and nothing
// is lost.
func (o *outbox) putWait(world uint64, report *wire.Report) {
	report.World = world
	o.mu.Lock()
	for len(o.queue) >= outboxRoom && !o.closed {
		o.changed.Wait()
	}
	o.queue = append(o.queue, report)
	if len(o.queue) == 1 {
		o.changed.Broadcast()
	}
	o.mu.Unlock()
}

// take waits for reports and moves them into batch. It returns none once the outbox is closed and empty.
func (o *outbox) take(batch []*wire.Report) []*wire.Report {
	o.mu.Lock()
	defer o.mu.Unlock()
	for len(o.queue) == 0 && !o.closed {
		o.changed.Wait()
	}
	o.gather()
	n, bytes := 0, 0
	for n < min(len(o.queue), outboxBatch) {
		if bytes += bulk(o.queue[n]); n > 0 && bytes > outboxBytes {
			break
		}
		n++
	}
	batch = append(batch, o.queue[:n]...)
	left := copy(o.queue, o.queue[n:])
	clear(o.queue[left:])
	o.queue = o.queue[:left]
	o.changed.Broadcast()
	return batch
}

// bulk is about how large a report is on the wire, as far as it may be large.
func bulk(r *wire.Report) int {
	switch of := r.Of.(type) {
	case *wire.Report_Event:
		return proto.Size(of.Event)
	case *wire.Report_Packets:
		return proto.Size(of.Packets)
	case *wire.Report_Reply:
		return len(of.Reply.GetValue())
	case *wire.Report_Progress:
		size := 0
		for _, e := range of.Progress.GetEvents() {
			size += proto.Size(e)
		}
		for _, r := range of.Progress.GetReplies() {
			size += len(r.GetValue())
		}
		for _, r := range of.Progress.GetPreviews() {
			size += len(r.GetValue())
		}
		return size
	}
	return 0
}

// gather lets everybody else who can run do so first, for as long as that brings more. The worlds of a process then
// share one message: alone, each would cost as much as fifty in company. With nobody else to run this takes no time.
func (o *outbox) gather() {
	for n := 0; n < len(o.queue) && n < outboxBatch && !o.closed; {
		n = len(o.queue)
		o.mu.Unlock()
		runtime.Gosched()
		o.mu.Lock()
	}
}

func (o *outbox) close() {
	o.mu.Lock()
	o.closed = true
	o.changed.Broadcast()
	o.mu.Unlock()
}

// send carries everything to the stream until the outbox is closed or the stream has ended.
func (o *outbox) send(stream wire.Plugin_SessionServer) {
	message := &wire.FromPlugin{}
	for {
		message.Reports = o.take(message.Reports[:0])
		if len(message.Reports) == 0 || stream.Send(message) != nil {
			o.close() // lets go whoever waits for room: there is nobody to report to any more
			return
		}
	}
}
