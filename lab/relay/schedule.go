package relay

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/ring"
)

// schedule runs the network on the wall clock: one lock, one alarm and the goroutine that it wakes.
//
// Whoever has something to tell the network enters; what is due then happens first, each thing at its own instant. What
// the network tells in return is noted as tasks, and carried out when the lock is left.
type schedule struct {
	clock func() time.Duration
	alarm *alarm
	worst atomic.Int64 // lateness in nanoseconds

	mu      sync.Mutex // guards what follows, and all that belongs to a connection
	network *network.Network
	tasks   ring.Ring[task]
	later   []reminder    // in order
	armed   time.Duration // for when the alarm is set; 0 while the goroutine is awake
	lead    lead
	pace    pace
	closed  bool
}

// task is what has come of an event. It runs without the lock and must not block.
type task interface{ run() }

// reminder is a task for an instant.
type reminder struct {
	at   time.Duration
	task task
}

// heartbeat is the longest sleep, so that the schedule notices it when the process is held up, also while nothing is
// under way.
const heartbeat = 10 * time.Millisecond

func newSchedule(clock func() time.Duration, n *network.Network) (*schedule, error) {
	a, err := newAlarm()
	if err != nil {
		return nil, err
	}
	return &schedule{clock: clock, alarm: a, network: n}, nil
}

// enter takes the lock and brings the network to the present.
func (s *schedule) enter() {
	s.mu.Lock()
	now := max(s.clock(), s.network.Now()) // which may be ahead by the lead
	if due := s.network.Next(); due < now {
		s.late(now, due)
	}
	s.step(now)
	s.network.Advance(now)
}

// leave lets happen what is due at once, and gives the lock back. The caller is a task, or calls work.
func (s *schedule) leave() {
	s.step(s.network.Now())
	if at := s.next(); at < s.armed && !s.closed {
		s.armed = at
		s.alarm.set(at - s.clock())
	}
	s.mu.Unlock()
}

// carryOut leaves and works.
func (s *schedule) carryOut() {
	s.leave()
	s.work()
}

// work carries out what has come of events.
func (s *schedule) work() {
	for t := s.task(); t != nil; t = s.task() {
		t.run()
	}
}

func (s *schedule) task() task {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tasks.Len() == 0 {
		return nil
	}
	return s.tasks.Pop()
}

// step lets everything happen that is due by then, and no more: the network's clock stays at the last event.
func (s *schedule) step(until time.Duration) {
	for s.network.Next() <= until {
		s.network.Step()
	}
	due := 0
	for ; due < len(s.later) && s.later[due].at <= until; due++ {
		s.tasks.Push(s.later[due].task)
	}
	s.later = slices.Delete(s.later, 0, due)
}

// remind lets a task run later.
func (s *schedule) remind(d time.Duration, t task) {
	at := s.network.Now() + d
	i, _ := slices.BinarySearchFunc(s.later, at, func(r reminder, at time.Duration) int { return cmp.Compare(r.at, at) })
	s.later = slices.Insert(s.later, i, reminder{at, t})
}

// next is when the goroutine should wake.
func (s *schedule) next() time.Duration {
	at := s.network.Next()
	if len(s.later) > 0 {
		at = min(at, s.later[0].at)
	}
	return s.pace.hold(at - s.lead.length)
}

// loop runs until close.
func (s *schedule) loop() {
	for s.sleep() {
		s.mu.Lock()
		due, until := s.network.Next(), s.clock()+s.lead.length
		if due <= until {
			s.pace.wake(s.clock())
		}
		s.step(until)
		s.carryOut()
		if due <= until {
			s.late(s.clock(), due)
		}
	}
}

// sleep waits until something is due. false means that the schedule is closed.
func (s *schedule) sleep() bool {
	s.mu.Lock()
	now := s.clock()
	s.armed = min(s.next(), now+heartbeat)
	armed := s.armed
	if !s.closed {
		s.alarm.set(armed - now)
	}
	s.mu.Unlock()
	s.alarm.wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	if now = s.clock(); now >= s.armed { // it may return early
		s.lead.note(now - s.armed)
		s.late(now, s.armed)
	}
	s.armed = 0
	return !s.closed
}

// late notes when something was done that was due, too late or, by the lead, too early.
func (s *schedule) late(done, due time.Duration) {
	off := int64(max(done-due, due-done))
	for worst := s.worst.Load(); off > worst && !s.worst.CompareAndSwap(worst, off); worst = s.worst.Load() {
	}
}

func (s *schedule) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = true
	s.alarm.set(0)
}
