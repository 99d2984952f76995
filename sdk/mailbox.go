package sdk

import (
	"errors"
	"time"

	"github.com/netlab-dev/netlab/sdk/value"
)

// Mailbox is an unbounded queue, first in first out, for one or more receivers. It replaces channels and select: readers
// and timers post, and one loop receives with a deadline. Safe for concurrent use.
type Mailbox[T any] struct {
	env    Env
	cond   Cond
	causal causal // nil in live
	queue  []letter[T]
	head   int // index of the oldest letter in queue
}

type letter[T any] struct {
	value T
	timer *letterTimer[T] // nil when posted directly
	cause value.Cause
}

// causal is a Cond that knows what the running task follows from.
type causal interface {
	Cause() value.Cause
	Follow(value.Cause)
}

// NewMailbox makes an empty mailbox.
func NewMailbox[T any](env Env) *Mailbox[T] {
	m := &Mailbox[T]{env: env, cond: env.NewCond()}
	m.causal, _ = m.cond.(causal)
	return m
}

// Post adds v to the queue. It never waits, so you may hold a sync.Mutex.
func (m *Mailbox[T]) Post(v T) {
	m.cond.Lock()
	m.post(letter[T]{value: v})
	m.cond.Unlock()
}

func (m *Mailbox[T]) post(l letter[T]) {
	if len(m.queue) == cap(m.queue) && m.head > len(m.queue)/2 { // rather than grow, at constant cost per letter
		n := copy(m.queue, m.queue[m.head:])
		clear(m.queue[n:])
		m.queue, m.head = m.queue[:n], 0
	}
	if m.causal != nil {
		l.cause = m.causal.Cause()
	}
	m.queue = append(m.queue, l)
	m.cond.Signal()
}

// Recv takes the oldest value. It waits for one until the deadline, a time of Env.Now; the zero time is never. It still
// receives a value that is posted at exactly the deadline. Errors: ErrTimeout, ErrStopped.
func (m *Mailbox[T]) Recv(deadline time.Time) (T, error) {
	m.cond.Lock()
	defer m.cond.Unlock()
	for m.head == len(m.queue) {
		err := m.cond.Wait(deadline)
		if err != nil && (m.head == len(m.queue) || !errors.Is(err, ErrTimeout)) {
			var none T
			return none, err
		}
	}
	return m.take(), nil
}

// TryRecv takes the oldest value if there is one. It does not wait.
func (m *Mailbox[T]) TryRecv() (v T, ok bool) {
	m.cond.Lock()
	defer m.cond.Unlock()
	if m.head == len(m.queue) {
		return v, false
	}
	return m.take(), true
}

func (m *Mailbox[T]) take() T {
	l := m.queue[m.head]
	m.queue[m.head] = letter[T]{} // what was received must not be kept alive
	m.head++
	if m.head == len(m.queue) {
		m.queue, m.head = m.queue[:0], 0
	}
	if l.timer != nil {
		l.timer.state = timerDone
	}
	if m.causal != nil {
		m.causal.Follow(l.cause)
	}
	return l.value
}

// PostAfter posts v after d on the node's clock. After Stop of the returned timer, nobody receives v, even if v was already
// in the queue.
func (m *Mailbox[T]) PostAfter(d time.Duration, v T) Timer {
	t := &letterTimer[T]{box: m}
	m.cond.Lock()
	defer m.cond.Unlock()
	t.timer = m.env.AfterFunc(d, func() { t.fire(v) })
	return t
}

type timerState uint8

const (
	timerPending timerState = iota
	timerQueued
	timerDone // received or stopped
)

type letterTimer[T any] struct {
	box   *Mailbox[T]
	timer Timer
	state timerState // guarded by the mailbox's cond
}

func (t *letterTimer[T]) fire(v T) {
	t.box.cond.Lock()
	defer t.box.cond.Unlock()
	if t.state == timerPending {
		t.state = timerQueued
		t.box.post(letter[T]{value: v, timer: t})
	}
}

// Stop reports whether it prevented the value from being received.
func (t *letterTimer[T]) Stop() bool {
	t.box.cond.Lock()
	defer t.box.cond.Unlock()
	was := t.state
	t.state = timerDone
	switch was {
	case timerPending:
		t.timer.Stop()
	case timerQueued:
		t.box.remove(t)
	}
	return was != timerDone
}

func (m *Mailbox[T]) remove(t *letterTimer[T]) {
	for i := m.head; i < len(m.queue); i++ {
		if m.queue[i].timer == t {
			last := len(m.queue) - 1
			copy(m.queue[i:], m.queue[i+1:])
			m.queue[last] = letter[T]{}
			m.queue = m.queue[:last]
			return
		}
	}
}

// Ask posts a request that contains a function, and waits until the receiver calls this function with the answer. With
// Ask, a method can read or change what only the loop of Run may touch:
//
//	return sdk.Ask(env, r.inbox, func(answer func(Status)) any { return askStatus{answer} })
//
// Only the first answer counts. The error is ErrStopped.
func Ask[Q, A any](env Env, box *Mailbox[Q], request func(answer func(A)) Q) (A, error) {
	answers := NewMailbox[A](env)
	box.Post(request(answers.Post))
	return answers.Recv(time.Time{})
}
