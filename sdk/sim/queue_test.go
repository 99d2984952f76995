package sim

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/network"
)

func TestStepsComeInTheOrderOfTheLaw(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var q queue
		var want []step
		timers := map[*timer]bool{}
		for seq := range random.Uint64N(100) {
			s := step{network.Order{
				At: time.Duration(random.IntN(4)), Dst: random.Uint64N(3), Src: random.Uint64N(3), Seq: seq,
			}, &timer{}}
			if timers[s.timer] = random.IntN(2) == 0; timers[s.timer] {
				want = append(want, s)
			}
			q.push(s)
		}
		for tm, stays := range timers {
			if !stays {
				q.removeAt(tm.place - 1)
			}
		}
		slices.SortFunc(want, func(a, b step) int {
			return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Dst, b.Dst), cmp.Compare(a.Src, b.Src),
				cmp.Compare(a.Seq, b.Seq))
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
