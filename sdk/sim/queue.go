package sim

import "time"

// step is something that happens at a node at an instant. Its first four fields are its place in the order of steps.
type step struct {
	at       time.Duration
	dst, src uint64 // ranks; two names whose ranks collide (once in 2^64) are told apart by what they send alone
	seq      uint64 // of the source
	what     action
}

// action is what a step does.
type action interface {
	happen()
}

func (s *step) before(o *step) bool {
	switch {
	case s.at != o.at:
		return s.at < o.at
	case s.dst != o.dst:
		return s.dst < o.dst
	case s.src != o.src:
		return s.src < o.src
	}
	return s.seq < o.seq
}

// queue holds the steps to come: a heap of four children per parent, by value. Timers know their place in it, so that
// one that is stopped leaves nothing behind.
type queue struct {
	steps []step
}

func (q *queue) len() int { return len(q.steps) }

func (q *queue) push(s step) {
	q.steps = append(q.steps, s)
	q.up(len(q.steps)-1, s)
}

func (q *queue) pop() step {
	first := q.steps[0]
	q.removeAt(0)
	return first
}

// removeAt takes the step at index i out.
func (q *queue) removeAt(i int) {
	if t, ok := q.steps[i].what.(*timer); ok {
		t.place = 0
	}
	last := len(q.steps) - 1
	moved := q.steps[last]
	q.steps[last] = step{}
	q.steps = q.steps[:last]
	if i == last {
		return
	}
	if i > 0 && moved.before(&q.steps[(i-1)/4]) {
		q.up(i, moved)
	} else {
		q.down(i, moved)
	}
}

// up puts s where it belongs at or above index i, which is free.
func (q *queue) up(i int, s step) {
	for i > 0 {
		parent := (i - 1) / 4
		if !s.before(&q.steps[parent]) {
			break
		}
		q.put(i, &q.steps[parent])
		i = parent
	}
	q.put(i, &s)
}

// down puts s where it belongs at or below index i, which is free.
func (q *queue) down(i int, s step) {
	for {
		least := 4*i + 1
		if least >= len(q.steps) {
			break
		}
		for child := least + 1; child <= 4*i+4 && child < len(q.steps); child++ {
			if q.steps[child].before(&q.steps[least]) {
				least = child
			}
		}
		if !q.steps[least].before(&s) {
			break
		}
		q.put(i, &q.steps[least])
		i = least
	}
	q.put(i, &s)
}

func (q *queue) put(i int, s *step) {
	q.steps[i] = *s
	if t, ok := s.what.(*timer); ok {
		t.place = i + 1
	}
}
