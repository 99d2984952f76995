package link

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

var lossy = Burst{Bad: 0.02, Good: 0.25, Loss: 1, Slot: 10 * ms}

// chains are of each kind: those that most often keep their state, those that most often turn, and the edges.
var chains = []Burst{
	lossy,
	{Bad: 0.1, Good: 0.1, Loss: 1, Slot: ms},
	{Bad: 0.005, Good: 1, Loss: 1, Slot: 7},
	{Bad: 0.9, Good: 0.8, Loss: 1, Slot: ms},
	{Bad: 0.6, Good: 0.4, Loss: 1, Slot: time.Second},
	{Bad: 1, Good: 0.3, Loss: 1, Slot: ms},
}

func TestBurstsHaveTheShareAndTheLengthOfTheirChain(t *testing.T) {
	const slots = 2_000_000
	for _, b := range chains {
		t.Run(b.String(), func(t *testing.T) {
			s := NewBursts(7)
			bad, bursts := 0, 0
			for k, before := 0, false; k < slots; k++ {
				is := s.Bad(b, time.Duration(k)*b.Slot)
				if is {
					bad++
				}
				if is && !before {
					bursts++
				}
				before = is
			}
			near(t, "share", float64(bad)/slots, b.Bad/(b.Bad+b.Good), 0.02)
			near(t, "mean length", float64(bad)/float64(bursts), 1/b.Good, 0.02)
		})
	}
}

func TestASlotIsBadOrGoodWhateverElseIsAsked(t *testing.T) {
	const slots = 20_000
	for _, b := range chains {
		inOrder := NewBursts(7)
		var want []bool
		for k := range slots {
			want = append(want, inOrder.Bad(b, time.Duration(k)*b.Slot))
		}
		s, other, random := NewBursts(7), lossy, rand.New(Source(1, "test:bursts"))
		for range slots {
			k := random.IntN(slots)
			if got := s.Bad(b, time.Duration(k)*b.Slot+b.Slot-1); got != want[k] {
				t.Fatalf("%v: slot %d is bad: %v, asked in order %v", b, k, got, want[k])
			}
			if k%3 == 0 { // another law comes between
				other.Bad = random.Float64()
				s.Bad(other, time.Duration(k)*ms)
			}
		}
	}
}

func TestLinksAreBadAtDifferentTimes(t *testing.T) {
	a, b := NewBursts(Hash(1, "bursts of link:a>b")), NewBursts(Hash(1, "bursts of link:b>a"))
	half := Burst{Bad: 0.5, Good: 0.5, Loss: 1, Slot: ms}
	both := 0
	for k := range 100_000 {
		if at := time.Duration(k) * ms; a.Bad(half, at) == b.Bad(half, at) {
			both++
		}
	}
	near(t, "share of slots in which two links agree", float64(both)/100_000, 0.5, 0.02)
}

func TestAYearOfSilenceIsNotWalkedThrough(t *testing.T) { // it would take hours
	const year = 365 * 24 * time.Hour
	never := Burst{Good: math.SmallestNonzeroFloat64, Slot: 1}
	for _, b := range append(chains, never) {
		s := NewBursts(7)
		if s.Bad(b, 0); s.Bad(b, year) && b == never {
			t.Errorf("%v has begun", b)
		}
	}
}

func TestABurstOutsideItsRangesIsRefused(t *testing.T) {
	for _, c := range []struct {
		profile Profile
		want    string
	}{
		{Profile{Burst: Burst{Bad: 1.5, Good: 1, Loss: 1, Slot: 10 * ms}}, "burst(1.5, 1): bad is 1.5, want a probability from 0 to 1"},
		{Profile{Burst: Burst{Bad: 0.1, Good: math.NaN(), Loss: 1, Slot: 10 * ms}},
			"burst(0.1, NaN): good is NaN, want a probability from 0 to 1"},
		{Profile{Burst: Burst{Bad: 0.1, Good: 0.5, Loss: -1, Slot: 10 * ms}},
			"burst(0.1, 0.5, loss = -1): loss is -1, want a probability from 0 to 1"},
		{Profile{Burst: Burst{Bad: 0.1, Loss: 1, Slot: 10 * ms}},
			"burst(0.1, 0): good is 0, want more than 0: a burst would never end"},
		{Profile{Burst: Burst{Bad: 0.1, Good: 1, Loss: 1}}, "burst(0.1, 1, slot = 0s): slot is 0s, want more than 0s"},
		{Profile{Loss: 0.5, Burst: lossy}, "loss is both 0.5 and burst(0.02, 0.25), want one of them"},
	} {
		if err := c.profile.Validate(); err == nil || err.Error() != c.want {
			t.Errorf("%+v: got %v, want %s", c.profile, err, c.want)
		}
	}
}
