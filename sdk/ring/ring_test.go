package ring

import (
	"math/rand/v2"
	"testing"
)

func TestARingKeepsOrderAndMemory(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var f Ring[int]
	next, oldest := 0, 0
	for range 100_000 {
		if f.Len() < 20 && random.IntN(2) == 0 {
			f.Push(next)
			next++
		} else if f.Len() > 0 {
			if got := f.Pop(); got != oldest {
				t.Fatalf("got %d, want %d", got, oldest)
			}
			oldest++
		}
	}
	if cap(f.items) > 100 {
		t.Errorf("room for %d items, although there were never more than 20", cap(f.items))
	}
}

func TestTrimFreesALargeRingThatIsEmpty(t *testing.T) {
	var r Ring[int]
	for i := range 1000 {
		r.Push(i)
	}
	r.Trim(100)
	for i := range 1000 {
		if got := r.Pop(); got != i {
			t.Fatalf("got %d, want %d: what waits stays", got, i)
		}
	}
	r.Trim(2000)
	if cap(r.items) < 1000 {
		t.Error("a ring that is small enough was freed")
	}
	r.Trim(100)
	if n := cap(r.items); n > 0 {
		t.Errorf("room for %d items is left", n)
	}
}
