package relay

import (
	"math"
	"sync"
	"sync/atomic"
	"time"
)

// task is something to be done at an instant. It runs on the schedule's goroutine and must not block.
type task interface{ run(now time.Duration) }

type entry struct {
	due  time.Duration
	seq  uint64 // orders what is due at the same instant
	task task
}

// schedule does things when they are due: one goroutine, one alarm and one heap for all of a network.
type schedule struct {
	clock func() time.Duration
	alarm *alarm
	worst atomic.Int64 // lateness in nanoseconds
	dirty []*face      // with datagrams to write; only for the goroutine itself

	mu     sync.Mutex
	heap   []entry
	seq    uint64
	armed  time.Duration // for when the alarm is set; 0 while the goroutine is awake
	closed bool
}

const never = time.Duration(math.MaxInt64)

func newSchedule(clock func() time.Duration) (*schedule, error) {
	a, err := newAlarm()
	if err != nil {
		return nil, err
	}
	return &schedule{clock: clock, alarm: a}, nil
}

// add asks for t to run at the given instant, or as soon as possible when that is past.
func (s *schedule) add(due time.Duration, t task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.push(due, t)
	s.wakeFor(due)
}

// addAll is add for many at once.
func (s *schedule) addAll(entries []entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	earliest := never
	for _, e := range entries {
		s.push(e.due, e.task)
		earliest = min(earliest, e.due)
	}
	s.wakeFor(earliest)
}

// push puts an entry into the heap. The caller holds s.mu, and calls wakeFor after the last one.
func (s *schedule) push(due time.Duration, t task) {
	s.seq++
	e := entry{due, s.seq, t}
	s.heap = append(s.heap, e)
	i := len(s.heap) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if !e.before(s.heap[parent]) {
			break
		}
		s.heap[i] = s.heap[parent]
		i = parent
	}
	s.heap[i] = e
}

// wakeFor sets the alarm earlier if something is due before it.
func (s *schedule) wakeFor(due time.Duration) {
	if due < s.armed && !s.closed {
		s.armed = due
		s.alarm.set(due - s.clock())
	}
}

func (e entry) before(f entry) bool { return e.due < f.due || e.due == f.due && e.seq < f.seq }

func (s *schedule) pop() entry {
	first, last := s.heap[0], s.heap[len(s.heap)-1]
	s.heap[len(s.heap)-1] = entry{}
	s.heap = s.heap[:len(s.heap)-1]
	i, size := 0, len(s.heap)
	for {
		child := 2*i + 1
		if child >= size {
			break
		}
		if child+1 < size && s.heap[child+1].before(s.heap[child]) {
			child++
		}
		if !s.heap[child].before(last) {
			break
		}
		s.heap[i] = s.heap[child]
		i = child
	}
	if size > 0 {
		s.heap[i] = last
	}
	return first
}

// loop runs until close.
func (s *schedule) loop() {
	var batch []entry
	for {
		var now time.Duration
		if batch, now = s.wait(batch[:0]); len(batch) == 0 {
			return
		}
		for _, e := range batch {
			e.task.run(now)
		}
		for _, f := range s.dirty {
			f.flush()
		}
		s.dirty = s.dirty[:0]
		if late := int64(s.clock() - batch[0].due); late > s.worst.Load() {
			s.worst.Store(late)
		}
		clear(batch)
	}
}

// wait sleeps until something is due and takes it off the heap, all of it. Nothing means that the schedule is closed.
func (s *schedule) wait(batch []entry) ([]entry, time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !s.closed {
		now := s.clock()
		for len(s.heap) > 0 && s.heap[0].due <= now {
			batch = append(batch, s.pop())
		}
		if len(batch) > 0 {
			return batch, now
		}
		s.armed = never
		if len(s.heap) > 0 {
			s.armed = s.heap[0].due
			s.alarm.set(s.armed - now)
		}
		s.mu.Unlock()
		s.alarm.wait()
		s.mu.Lock()
		s.armed = 0
	}
	return batch, 0
}

func (s *schedule) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.alarm.set(0)
}

// heartbeat is a task that is always due soon again, so that the schedule notices it when the process is held up, also
// while nothing is under way.
type heartbeat struct{ *schedule }

const heartbeatPeriod = 10 * time.Millisecond

func (h heartbeat) run(now time.Duration) { h.add(now+heartbeatPeriod, h) }

// waiter is a task that ends somebody's sleep.
type waiter chan struct{}

func (w waiter) run(time.Duration) { close(w) }

// sleep returns true when the instant has come, false when over was closed before.
func (s *schedule) sleep(until time.Duration, over <-chan struct{}) bool {
	w := make(waiter)
	s.add(until, w)
	select {
	case <-w:
		return true
	case <-over:
		return false
	}
}
