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
