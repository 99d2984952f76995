package host

import (
	"errors"
	"fmt"
	"runtime"
	"sync"

	"google.golang.org/protobuf/proto"

	"github.com/netlab-dev/netlab/sdk/wire"
)

const (
	batchBytes  = 1 << 20   // a message of several commands is not made larger than this
	queuedBytes = 256 << 20 // what may wait for a process that does not read
)

// ErrEnding answers what is sent to a process that is on its way out. Why it is, its Err tells once it is done.
var ErrEnding = errors.New("the process is ending")

// queue holds commands until the writer takes them, as many at a time as make a message of reasonable size.
type queue struct {
	mu       sync.Mutex
	changed  sync.Cond
	commands []*wire.Command
	sizes    []int
	bytes    int
	closed   bool
}

func newQueue() *queue {
	q := &queue{}
	q.changed.L = &q.mu
	return q
}

// put adds a command; it must not be changed any more.
func (q *queue) put(command *wire.Command) error {
	size := sizeOf(command)
	if size > wire.MaxMessage-16 { // the batch around it takes some bytes
		return fmt.Errorf("a command of %d bytes, the limit is %d", size, wire.MaxMessage)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return ErrEnding
	}
	if q.bytes+size > queuedBytes {
		return fmt.Errorf("%d bytes of commands wait and the process does not read", q.bytes)
	}
	q.commands, q.sizes, q.bytes = append(q.commands, command), append(q.sizes, size), q.bytes+size
	q.changed.Signal()
	return nil
}

// sizeOf is about how large a command is on the wire, and never less. A turn of a sim world that only calls methods,
// the command that there is most of, is not measured but reckoned.
func sizeOf(command *wire.Command) int {
	advance := command.GetAdvance()
	if advance == nil || len(advance.Changes) > 0 || len(advance.WakeEvents) > 0 {
		return proto.Size(command)
	}
	const number = 11 // a number of 64 bits, with its tag
	size := 6*number + number*len(advance.Wake)
	for _, calls := range [][]*wire.Call{advance.Calls, advance.Preview} {
		for _, call := range calls {
			if call.Arguments != nil {
				return proto.Size(command)
			}
			size += 8*number + len(call.Node) + len(call.Method)
		}
	}
	return size
}

// take waits for commands and returns the next batch; nil once the queue is closed and empty.
func (q *queue) take() []*wire.Command {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.commands) == 0 {
		if q.closed {
			return nil
		}
		q.changed.Wait()
	}
	q.gather()
	n, bytes := 0, 0
	for n < len(q.commands) && (n == 0 || bytes+q.sizes[n] <= batchBytes) {
		bytes += q.sizes[n]
		n++
	}
	batch := q.commands[:n:n]
	q.commands, q.sizes, q.bytes = q.commands[n:], q.sizes[n:], q.bytes-bytes
	return batch
}

// gather lets everybody else who can run do so first, for as long as that brings more: the runs of a sweep then share
// one message, and the plugin's answers to them share one, too. A message alone costs as much as fifty in company. With
// nobody else to run this takes no time.
func (q *queue) gather() {
	for n := 0; n < len(q.commands) && q.bytes < batchBytes && !q.closed; {
		n = len(q.commands)
		q.mu.Unlock()
		runtime.Gosched()
		q.mu.Lock()
	}
}

// isClosed reports whether the queue refuses more.
func (q *queue) isClosed() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.closed
}

// close lets what is queued go out and refuses more.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.changed.Broadcast()
}
