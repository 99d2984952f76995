package judge

import (
	"runtime"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/cespare/xxhash/v2"
)

// How much memory one search may take, about. All runs of a sweep may make a light one at the same time; the heavy ones
// take turns.
const (
	lightMemory = 4 << 20
	heavyMemory = 192 << 20
)

// turns bounds how many heavy searches there are at once in this process.
var turns = make(chan struct{}, min(2, runtime.GOMAXPROCS(0)))

// takeTurn waits until a heavy search may begin. What it waits does not count: the deadline moves.
func (j *judging) takeTurn() bool {
	began := time.Now()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case turns <- struct{}{}:
			j.deadline = j.deadline.Add(time.Since(began))
			return true
		case <-tick.C:
			if j.limits.Stopped != nil && j.limits.Stopped() {
				return false
			}
		}
	}
}

func giveTurn() { <-turns }

// budget ends a search from within: the model refuses every further step, and the search unwinds.
type budget struct {
	judging  *judging
	memory   int64 // left
	each     int64 // what porcupine keeps for one step, about
	deadline time.Time
	steps    int
	spent    bool
}

// lookEvery is how many steps a search makes between two looks at the clock: some hundred microseconds.
const lookEvery = 256

func (b *budget) take() bool {
	if b.spent {
		return false
	}
	if b.steps++; b.steps%lookEvery == 0 || b.steps == 1 {
		stopped := b.judging.limits.Stopped
		b.spent = !time.Now().Before(b.deadline) || stopped != nil && stopped()
	}
	if b.memory -= b.each; b.memory < 0 {
		b.spent = true
	}
	return !b.spent
}

// search looks for an order of the operations that explains them all. It is Unknown when the memory, in bytes, or the
// time has not sufficed.
func (j *judging) search(ops []*operation, memory int64, deadline time.Time) Outcome {
	b, model := j.model(len(ops), memory, deadline)
	found := porcupine.CheckOperationsTimeout(model, history(ops), 0)
	switch {
	case found == porcupine.Ok:
		return OK
	case b.spent:
		return Unknown
	}
	return Violated
}

// longest returns the longest order of some of the operations that explains these, as indices. It is for a handful of
// operations: to keep the orders takes much longer than to search.
func (j *judging) longest(ops []*operation, deadline time.Time) []int {
	_, model := j.model(len(ops), lightMemory, deadline)
	_, info := porcupine.CheckOperationsVerbose(model, history(ops), 0)
	var best []int
	for _, orders := range info.PartialLinearizations() {
		for _, order := range orders {
			if len(order) > len(best) || len(order) == len(best) && before(order, best) {
				best = order
			}
		}
	}
	return best
}

func before(a, b []int) bool {
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}

// model is what porcupine asks. It runs on one goroutine of porcupine's, which has ended when the search returns.
func (j *judging) model(n int, memory int64, deadline time.Time) (*budget, porcupine.Model) {
	b := &budget{judging: j, memory: memory, each: 200 + int64(n)/8, deadline: deadline}
	return b, porcupine.Model{
		Init: func() any { return j.initial },
		Step: func(state, input, _ any) (bool, any) {
			v, ok := input.(*operation).step(state.(content))
			if !ok || !b.take() {
				return false, state
			}
			return true, v
		},
		// Porcupine compares states only when it has reached the same operations before. When they are equal, too, it
		// keeps nothing.
		Equal: func(x, y any) bool {
			same := x.(content) == y.(content)
			if same {
				b.memory += b.each
			}
			return same
		},
		Hash: func(state any) uint64 { return xxhash.Sum64String(string(state.(content))) },
	}
}

func history(ops []*operation) []porcupine.Operation {
	list := make([]porcupine.Operation, len(ops))
	for i, o := range ops {
		list[i] = porcupine.Operation{ClientId: i, Input: o, Call: o.call, Return: o.ret}
	}
	return list
}
