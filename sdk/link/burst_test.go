package link

import (
	"math"
	"testing"
	"time"
)

var lossy = Burst{Bad: 0.02, Good: 0.25, Loss: 1}

func TestBurstsHaveTheShareAndTheLengthOfTheirChain(t *testing.T) {
	for _, b := range []Burst{lossy, {Bad: 0.1, Good: 0.1, Loss: 1}, {Bad: 0.005, Good: 1, Loss: 1}} {
		t.Run(b.String(), func(t *testing.T) {
			fates := send(linkWith(Profile{Burst: b}), 400_000, 100, ms)
			lost, bursts := 0, 0
			for i, f := range fates {
				if f.Copies > 0 {
					continue
				}
				if f.Why != DropLoss {
					t.Fatalf("datagram %d: why is %v, want loss", i, f.Why)
				}
				lost++
				if i == 0 || fates[i-1].Copies > 0 {
					bursts++
				}
			}
			near(t, "share", float64(lost)/float64(len(fates)), b.Bad/(b.Bad+b.Good), 0.04)
			near(t, "mean length", float64(lost)/float64(bursts), 1/b.Good, 0.03)
		})
	}
}

func TestABurstLosesItsShareOnly(t *testing.T) {
	fates := send(linkWith(Profile{Burst: Burst{Bad: 0.1, Good: 0.3, Loss: 0.4}}), 300_000, 100, ms)
	near(t, "loss", share(fates, func(f Fate) bool { return f.Copies == 0 }), 0.25*0.4, 0.03)
}

func TestABurstGoesOnThroughAChangeOfTheProfileAndEndsWithItsBeingTakenBack(t *testing.T) {
	always := Profile{Burst: Burst{Bad: 1, Good: math.SmallestNonzeroFloat64, Loss: 1}}
	l := linkWith(always)
	if f := l.Packet(0, 1); f.Copies > 0 {
		t.Fatal("a burst that begins with the first datagram has let it through")
	}
	never := always
	never.Burst.Bad = 0
	never.Latency = NewFixed(ms)
	l.SetProfile(never)
	if f := l.Packet(0, 1); f.Copies > 0 {
		t.Error("the burst has ended with a change of the latency")
	}
	l.SetProfile(Profile{})
	l.SetProfile(never)
	if f := l.Packet(0, 1); f.Copies != 1 {
		t.Error("a burst has outlived the profile that it came from")
	}
}

func TestARetransmissionMayMeetTheBurstThatAteTheSegment(t *testing.T) {
	const n = 200_000
	l := linkWith(Profile{Burst: lossy})
	stalls := map[time.Duration]int{}
	for range n {
		at, _ := l.Stream(new(Flow), 0, 100)
		stalls[at]++
	}
	// A segment that finds the link bad is sent again until the burst is over: each attempt is a step of the chain.
	hit := n - stalls[0]
	near(t, "stalled", float64(hit)/n, lossy.Bad, 0.05)
	near(t, "one timeout", float64(stalls[200*ms])/float64(hit), lossy.Good, 0.08)
	near(t, "two timeouts", float64(stalls[600*ms])/float64(hit), (1-lossy.Good)*lossy.Good, 0.08)
}

func TestBurstsMeetSegmentsHoweverTheBytesAreCut(t *testing.T) {
	const segments = 200_000
	b := Burst{Bad: 0.01, Good: 0.9, Loss: 1}
	perStall := 0.9*0.2 + 0.09*0.6 + 0.009*1.4 + 0.0009*3 // seconds, of one to four attempts lost
	for _, piece := range []int{1, 11, 1000} {
		l := linkWith(Profile{Burst: b})
		var flow Flow
		var at time.Duration
		for sent := 0; sent < segments; sent += piece {
			at, _ = l.Stream(&flow, 0, piece*largestPiece)
		}
		near(t, "stalls", at.Seconds(), segments*b.Bad*perStall, 0.07)
	}
}

func TestAStreamGivesUpOnABurstWithoutEndAsOnTotalLoss(t *testing.T) {
	l := linkWith(Profile{Burst: Burst{Bad: 1, Good: math.SmallestNonzeroFloat64, Loss: 1}})
	if at, _ := l.Stream(new(Flow), 0, 1); at != backoff(minRTO, retries) {
		t.Errorf("got %v, want %v", at, backoff(minRTO, retries))
	}
}

func TestABurstOutsideItsRangesIsRefused(t *testing.T) {
	for _, c := range []struct {
		profile Profile
		want    string
	}{
		{Profile{Burst: Burst{Bad: 1.5, Good: 1, Loss: 1}}, "burst(1.5, 1): bad is 1.5, want a probability from 0 to 1"},
		{Profile{Burst: Burst{Bad: 0.1, Good: math.NaN(), Loss: 1}},
			"burst(0.1, NaN): good is NaN, want a probability from 0 to 1"},
		{Profile{Burst: Burst{Bad: 0.1, Good: 0.5, Loss: -1}},
			"burst(0.1, 0.5, -1): loss is -1, want a probability from 0 to 1"},
		{Profile{Burst: Burst{Bad: 0.1, Loss: 1}}, "burst(0.1, 0): good is 0, want more than 0: a burst would never end"},
		{Profile{Loss: 0.5, Burst: lossy}, "loss is both 0.5 and burst(0.02, 0.25), want one of them"},
	} {
		if err := c.profile.Validate(); err == nil || err.Error() != c.want {
			t.Errorf("%+v: got %v, want %s", c.profile, err, c.want)
		}
	}
}
