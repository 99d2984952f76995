package sim

import "github.com/netlab-dev/netlab/sdk/network"

// step is a timer that rings.
type step struct {
	network.Order
	timer *timer
}

// queue holds the timers that are set: a heap of four children per parent, by value. Timers know their place in it, so that
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
	q.steps[i].timer.place = 0
	last := len(q.steps) - 1
	moved := q.steps[last]
	q.steps[last] = step{}
	q.steps = q.steps[:last]
	if i == last {
		return
	}
	if i > 0 && moved.Before(q.steps[(i-1)/4].Order) {
		q.up(i, moved)
	} else {
		q.down(i, moved)
	}
}

// up puts s where it belongs at or above index i, which is free.
func (q *queue) up(i int, s step) {
	for i > 0 {
		parent := (i - 1) / 4
		if !s.Before(q.steps[parent].Order) {
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
			if q.steps[child].Before(q.steps[least].Order) {
				least = child
			}
		}
		if !q.steps[least].Before(s.Order) {
			break
		}
		q.put(i, &q.steps[least])
		i = least
	}
	q.put(i, &s)
}

func (q *queue) put(i int, s *step) {
	q.steps[i] = *s
	s.timer.place = i + 1
}
