package link

import (
	"math/rand/v2"
	"testing"
	"time"
)

func TestAStreamStaysInOrderWhateverTheJitter(t *testing.T) {
	l := linkWith(Profile{Latency: NewExponential(10 * ms), Jitter: NewFixed(5 * ms), Loss: 0.1})
	var flow Flow
	var last time.Duration
	for i := range 10_000 {
		at, ok := l.Stream(&flow, time.Duration(i)*ms, 100)
		if !ok || at < last || at < time.Duration(i)*ms {
			t.Fatalf("piece %d arrives at %v (%v), the one before at %v", i, at, ok, last)
		}
		last = at
	}
}

func TestFlowsDoNotHoldUpEachOther(t *testing.T) {
	l := linkWith(Profile{Latency: NewFixed(time.Second)})
	var slow, quick Flow
	l.Stream(&slow, 0, 1)
	l.SetProfile(Profile{Latency: NewFixed(ms)})
	if at, _ := l.Stream(&slow, 0, 1); at != time.Second {
		t.Errorf("same flow: %v, want behind what is under way", at)
	}
	if at, _ := l.Stream(&quick, 0, 1); at != ms {
		t.Errorf("other flow: %v, want 1ms", at)
	}
}

func TestALostSegmentCostsATimeoutWithBackoff(t *testing.T) {
	const loss, n = 0.2, 100_000
	stalls := map[time.Duration]int{}
	l := linkWith(Profile{Loss: loss})
	for range n {
		at, _ := l.Stream(new(Flow), 0, 100)
		stalls[at]++
	}
	near(t, "no stall", float64(stalls[0])/n, 1-loss, 0.02)
	near(t, "one timeout", float64(stalls[200*ms])/n, loss*(1-loss), 0.03)
	near(t, "two timeouts", float64(stalls[600*ms])/n, loss*loss*(1-loss), 0.06)
	near(t, "three timeouts", float64(stalls[1400*ms])/n, loss*loss*loss*(1-loss), 0.12)
}

func TestTheTimeoutFollowsTheRoundTrip(t *testing.T) {
	l := linkWith(Profile{Latency: NewFixed(300 * ms), Loss: 1})
	at, _ := l.Stream(new(Flow), 0, 1)
	want := 300*ms + backoff(600*ms, retries)
	if at != want {
		t.Errorf("got %v, want %v", at, want)
	}
	if got := backoff(200*ms, retries); got != 804600*ms {
		t.Errorf("the 15th retry from 200 ms comes after %v, want 804.6 s as in Linux", got)
	}
}

func TestLossIsDrawnPerSegmentHoweverTheBytesAreCut(t *testing.T) {
	const loss, bytes = 0.01, 400_000 * largestPiece
	for _, piece := range []int{largestPiece, 10 * largestPiece, 1000 * largestPiece} {
		l := linkWith(Profile{Loss: loss})
		var flow Flow
		var at time.Duration
		for sent := 0; sent < bytes; sent += piece {
			at, _ = l.Stream(&flow, 0, piece)
		}
		near(t, "stalls", at.Seconds(), 400_000*loss*0.2/(1-2*loss), 0.07)
	}
}

func TestTheMTUBoundsTheSegment(t *testing.T) {
	l := linkWith(Profile{MTU: 500})
	for size, want := range map[int]int{0: 1, 1: 1, 500: 1, 501: 2, 5000: 10} {
		if got := l.segments(size); got != want {
			t.Errorf("%d bytes are %d segments, want %d", size, got, want)
		}
	}
	if got := linkWith(Profile{MTU: 9000}).segments(14600); got != 10 {
		t.Errorf("14600 bytes are %d segments, want 10 of 1460", got)
	}
}

func TestStreamsAndDatagramsShareTheLine(t *testing.T) {
	l := linkWith(Profile{Rate: Mbit})
	if at, _ := l.Stream(new(Flow), 0, 1000); at != 8*ms {
		t.Errorf("first: %v, want 8ms", at)
	}
	if f := l.Packet(0, 1000); f.At[0] != 16*ms {
		t.Errorf("a datagram behind it: %v, want 16ms", f.At[0])
	}
	if at, _ := l.Stream(new(Flow), 0, 1000); at != 24*ms {
		t.Errorf("another stream behind it: %v, want 24ms", at)
	}
}

func TestAFullQueueHoldsTheStreamBack(t *testing.T) {
	l := linkWith(Profile{Rate: Mbit, Queue: 3000})
	l.Stream(new(Flow), 0, 3000)
	for size, want := range map[int]time.Duration{1: 8 * time.Microsecond, 1000: 8 * ms, 3000: 24 * ms, 9000: 24 * ms} {
		if at := l.Room(0, size); at != want {
			t.Errorf("room for %d bytes at %v, want %v", size, at, want)
		}
	}
	if at := l.Room(30*ms, 1000); at != 30*ms {
		t.Errorf("an empty queue has room at %v, want now, 30ms", at)
	}
	if at := linkWith(Profile{Rate: Mbit}).Room(ms, 1<<30); at != ms {
		t.Errorf("an unlimited queue has room at %v, want now, 1ms", at)
	}
}

func TestRoomIsRoom(t *testing.T) {
	random := rand.New(Source(1, "test:room"))
	for range 2000 {
		l := linkWith(Profile{Rate: Rate(1 + random.Int64N(int64(10*Gbit))), Queue: 1 + random.Int64N(100_000)})
		var now time.Duration
		for range 20 {
			size := 1 + random.IntN(5000)
			now = l.Room(now, size)
			if waiting := l.line.waiting(now, l.profile.Rate); waiting > 0 && waiting+int64(size) > l.profile.Queue {
				t.Fatalf("%+v: %d bytes wait at %v, %d more do not fit", l.profile, waiting, now, size)
			}
			l.Stream(new(Flow), now, size)
		}
	}
}

func TestACutStallsAStreamUntilItsTimerFiresAfterTheHeal(t *testing.T) {
	l := linkWith(Profile{Latency: NewFixed(10 * ms)})
	var flow Flow
	var cut Meter
	l.Lay(Cut, &cut)
	if _, ok := l.Stream(&flow, 100*ms, 50); ok {
		t.Fatal("through a cut")
	}
	if _, ok := l.Resume(&flow, 100*ms, 200*ms, 50); ok {
		t.Fatal("resumed through a cut")
	}
	l.Lift(Cut, &cut)
	// Attempts at 100, 300, 700 and 1500 ms.
	if at, ok := l.Resume(&flow, 100*ms, 701*ms, 50); !ok || at != 1510*ms {
		t.Errorf("resumed at %v (%v), want 1.51s", at, ok)
	}
	if at, _ := l.Stream(&flow, 720*ms, 50); at != 1510*ms {
		t.Errorf("the next piece at %v, want behind it, 1.51s", at)
	}
	if cut.Count() != 1 {
		t.Errorf("the cut met %d pieces, want 1: trying again is no new piece", cut.Count())
	}
}

func TestAWaitingTimerDoesNotHoldTheLine(t *testing.T) {
	l := linkWith(Profile{Rate: Mbit})
	if at, _ := l.Resume(new(Flow), 0, ms, 100); at != 200*ms {
		t.Errorf("resumed at %v, want 200ms", at)
	}
	if at, _ := l.Stream(new(Flow), ms, 100); at != ms+1600*time.Microsecond {
		t.Errorf("another flow at %v, want 2.6ms", at)
	}
}

func TestAHandshakeIsRetriedAfterOneSecondThenDoubling(t *testing.T) {
	l := linkWith(Profile{Latency: NewFixed(10 * ms)})
	if at, ok := l.Handshake(new(Flow), 5*ms, 5*ms); !ok || at != 15*ms {
		t.Errorf("first attempt at %v (%v), want 15ms", at, ok)
	}
	for now, want := range map[time.Duration]time.Duration{
		6 * ms: 1015 * ms, 1005 * ms: 1015 * ms, 1006 * ms: 3015 * ms, 4 * time.Second: 7015 * ms,
	} {
		if at, ok := l.Handshake(new(Flow), 5*ms, now); !ok || at != want {
			t.Errorf("healed at %v: arrives at %v (%v), want %v", now, at, ok, want)
		}
	}
	l.SetProfile(Profile{Loss: 1})
	if at, _ := l.Handshake(new(Flow), 0, 0); at != 63*time.Second {
		t.Errorf("all lost: %v, want 6 retries, 63s", at)
	}
}
