package engine

import (
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// maxMessageBytes bounds the memory that the record of a run's messages takes.
const maxMessageBytes = 256 << 20

// messages are those that were sent in a run, in a trace of their own: there are many more of them than of events.
// Guarded by the recorder's lock.
type messages struct {
	store trace.Store
	bytes int
	full  bool
	until time.Duration // when the first one was sent that is missing
}

// message keeps a message, if there is room.
func (r *recorder) message(e value.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	m := &r.messages
	m.bytes += value.Weight(e.Name) + value.Weight(e.Fields)
	if m.full = m.full || m.bytes > r.messageRoom; m.full {
		if m.until == 0 {
			m.until = e.At
		}
		return
	}
	e.Seq = uint64(m.store.Len()) + 1
	m.store.Add(e)
}

// datagram is told by the relay of a datagram that was sent.
func (r *recorder) datagram(at time.Duration, from, to string, payload []byte) {
	if typ, fields, ok := value.DescribeMessage(to, payload); ok {
		r.message(value.Event{At: at, Node: from, Class: value.ClassMessage, Name: wire.Text(typ), Fields: fields})
	}
}

// sent selects messages.
func (r *recorder) sent(f trace.Filter) ([]value.Event, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.messages.full {
		return nil, &trouble.Error{
			Text: fmt.Sprintf("the record of messages is full since %v: it holds %d of them in %d MiB",
				r.messages.until, r.messages.store.Len(), r.messageRoom>>20),
			Hint: "shorten the run or send less",
		}
	}
	f.All = true
	return r.messages.store.Select(f), nil
}

func (s *sim) Messages(f trace.Filter) ([]value.Event, error) { return s.record.sent(f) }

func (l *live) Messages(f trace.Filter) ([]value.Event, error) { return l.record.sent(f) }
