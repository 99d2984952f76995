package sim

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

func TestStepsComeInTheOrderOfTheLaw(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var q queue
		var want []step
		timers := map[*timer]bool{}
		for seq := range random.Uint64N(100) {
			s := step{
				at: time.Duration(random.IntN(4)), dst: random.Uint64N(3), src: random.Uint64N(3), seq: seq,
			}
			if random.IntN(2) == 0 {
				s.what = &packet{}
				want = append(want, s)
			} else {
				tm := &timer{}
				s.what, timers[tm] = tm, random.IntN(2) == 0
				if timers[tm] {
					want = append(want, s)
				}
			}
			q.push(s)
		}
		for tm, stays := range timers {
			if !stays {
				q.removeAt(tm.place - 1)
			}
		}
		slices.SortFunc(want, func(a, b step) int {
			return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.dst, b.dst), cmp.Compare(a.src, b.src),
				cmp.Compare(a.seq, b.seq))
		})
		for i := range want {
			if got := q.pop(); got != want[i] {
				t.Fatalf("step %d: got %+v, want %+v", i, got, want[i])
			}
		}
		if q.len() > 0 {
			t.Fatalf("%d steps are left", q.len())
		}
	}
}

func TestTheQueueForTasksKeepsOrderAndMemory(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var f fifo[int]
	next, oldest := 0, 0
	for range 100_000 {
		if f.len() < 20 && random.IntN(2) == 0 {
			f.push(next)
			next++
		} else if f.len() > 0 {
			if got := f.pop(); got != oldest {
				t.Fatalf("got %d, want %d", got, oldest)
			}
			oldest++
		}
	}
	if cap(f.items) > 100 {
		t.Errorf("room for %d items, although there were never more than 20", cap(f.items))
	}
}

func TestAnElementMayLeaveFromAnywhere(t *testing.T) {
	elements := make([]element[int], 5)
	for _, test := range []struct{ leave, want []int }{
		{[]int{0}, []int{1, 2, 3, 4}},
		{[]int{4, 2, 2}, []int{0, 1, 3}},
		{[]int{0, 1, 2, 3, 4}, nil},
	} {
		var l list[int]
		for i := range elements {
			elements[i].value = i
			elements[i].leave()
			l.add(&elements[i])
		}
		for _, i := range test.leave {
			elements[i].leave()
		}
		var got []int
		for e := l.first; e != nil; e = e.next {
			got = append(got, e.value)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("after %v: %v, want %v", test.leave, got, test.want)
		}
	}
}
