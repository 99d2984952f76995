package tcp

import (
	"slices"
	"testing"
	"time"
)

func TestAcknowledgementsAreDelayedOnceTheQuickOnesAreUsedUp(t *testing.T) {
	for _, delayed := range []bool{true, false} {
		set := Default
		set.DelayedAck = delayed
		w, f := idle(set, 10*ms)
		var took []time.Duration
		for i := range quickAcks + 2 {
			at := w.now
			f.write(10)
			for f.s.Unacked() > 0 {
				w.run(w.now + ms)
			}
			if took = append(took, w.now-at); i < quickAcks && took[i] != 20*ms {
				t.Fatalf("segment %d was acknowledged after %v, want 20ms", i, took[i])
			}
		}
		want := map[bool]time.Duration{true: 60 * ms, false: 20 * ms}[delayed]
		if last := took[len(took)-1]; last != want {
			t.Errorf("delayed %v: acknowledged after %v, want %v", delayed, last, want)
		}
	}
}

func TestEverySecondSegmentIsAcknowledged(t *testing.T) {
	var r Receiver
	r.Open(0, &Default, MSS, ms)
	acks := 0
	arrive := func(i int, push bool) {
		r.Arrive(0, &Segment{Offset: uint64(i * MSS), Length: MSS, Count: 1, Transmission: uint64(i + 1), Push: push})
	}
	acknowledged := func() bool { return r.Ack(&Ack{}) }
	for i := range quickAcks + 100 {
		arrive(i, false)
		if r.Read(0, MSS); acknowledged() {
			acks++
		}
	}
	if want := quickAcks + 50; acks != want {
		t.Errorf("%d acknowledgements, want %d", acks, want)
	}
	arrive(quickAcks+100, true)
	if acknowledged() {
		t.Error("the last of a burst is acknowledged before it is read")
	}
	if r.Read(0, MSS); !acknowledged() {
		t.Error("the last of a burst is not acknowledged when it is read")
	}
}

func TestTheLastSegmentOfABurstIsPushed(t *testing.T) {
	w, f := idle(Default, 10*ms)
	var pushed []bool
	f.sent = func(g *Segment) { pushed = append(pushed, g.Push) }
	f.write(3 * MSS)
	w.run(2 * time.Second)
	f.write(MSS)
	if want := []bool{false, false, true, false}; !slices.Equal(pushed, want) {
		t.Errorf("pushed %v, want %v: the last of several that leave together", pushed, want)
	}
}

// pair is two directions of a connection.
func pair(set Settings, delay time.Duration) (*world, *flow, *flow) {
	w := &world{}
	there, here := w.line(line{delay: delay}), w.line(line{delay: delay})
	a, b := w.flow(set, there, here), w.flow(set, here, there)
	a.peer, b.peer = b, a
	a.dial()
	b.dial()
	w.run(time.Second)
	return w, a, b
}

func TestNagleWithDelayedAcknowledgementsCosts40Milliseconds(t *testing.T) {
	for _, nagle := range []bool{true, false} {
		set := Default
		set.Nagle = nagle
		w, a, b := pair(set, ms)
		a.onRead = func(int64) {
			if a.got%20 == 0 {
				b.write(10) // the answer to a head and a body, after which nothing is acknowledged quickly
			}
		}
		for range 3 {
			at := w.now
			a.write(10)
			a.write(10)
			w.run(at + time.Second)
			took := a.last - at
			switch {
			case a.got == 20: // quick acknowledgements still
			case nagle && took != 43*ms, !nagle && took != ms:
				t.Errorf("nagle %v: the body arrived after %v", nagle, took)
			}
		}
		if a.got != 60 || b.got != 30 {
			t.Errorf("%d and %d bytes, want 60 and 30", a.got, b.got)
		}
	}
}

func TestALastSmallSegmentDoesNotWaitForNagle(t *testing.T) {
	set := Default
	set.Nagle = true
	w, f := idle(set, 10*ms)
	f.write(10)
	f.s.Write(10)
	f.s.Close()
	f.pump()
	w.run(w.now + 10*ms)
	if f.got != 20 || !f.r.Finished() {
		t.Errorf("%d bytes after half a round trip, finished %v", f.got, f.r.Finished())
	}
}

func TestAnAnswerCarriesTheAcknowledgement(t *testing.T) {
	w, a, b := pair(Default, ms)
	a.onRead = func(int64) { b.write(10) }
	for range 10 {
		a.write(10)
		w.run(w.now + 100*ms)
	}
	if a.acks > 1 { // the first was quick
		t.Errorf("%d acknowledgements without data", a.acks)
	}
}

func TestTheWindowGrowsWithAFastReaderAndShutsBeforeASlowOne(t *testing.T) {
	w, f := bulk(Default, line{rate: 100e6, delay: 50 * ms})
	w.run(4 * time.Second)
	if f.r.window.size <= 2<<20 || f.r.window.size > mostWindow {
		t.Errorf("window %d before a fast reader", f.r.window.size)
	}
	w, f = idle(Default, 10*ms)
	f.paused = true
	f.write(1 << 30)
	for at := 2 * time.Second; at < 12*time.Second; at += 100 * ms { // 20 KB each 100 ms
		w.run(at)
		f.r.Read(w.now, 20_000)
		f.ack()
	}
	if f.r.window.size > 4*leastWindow || f.r.Readable() > f.r.window.size || f.s.Room() > 0 {
		t.Errorf("window %d, %d unread, room %d before a slow reader", f.r.window.size, f.r.Readable(), f.s.Room())
	}
	within(t, "bytes read", float64(f.r.read), 100*20_000, 0.05)
}

func TestAReceiverTellsOfGaps(t *testing.T) {
	var r Receiver
	r.Open(0, &Default, MSS, ms)
	for i, offset := range []uint64{100, 300, 500, 700, 200} { // of 100 bytes each; 0, 400 and 600 are missing
		r.Arrive(0, &Segment{Offset: offset, Length: 100, Count: 1, Transmission: uint64(i + 2)})
	}
	a := Ack{}
	ok := r.Ack(&a)
	if want := (Ack{0, leastWindow, 6, [3]Block{{100, 400}, {700, 800}, {500, 600}}, 3}); !ok || a != want {
		t.Errorf("acknowledged %+v, want %+v", a, want)
	}
	r.Arrive(0, &Segment{Offset: 0, Length: 100, Count: 1, Transmission: 7})
	a = Ack{}
	r.Ack(&a)
	if want := (Ack{400, leastWindow + 0, 7, [3]Block{{700, 800}, {500, 600}}, 2}); a != want {
		t.Errorf("acknowledged %+v, want %+v", a, want)
	}
	if r.Readable() != 400 || r.Finished() {
		t.Errorf("%d readable", r.Readable())
	}
}

// TestALostAcknowledgementMakesNoRoundTripLonger: what was sent once, and is acknowledged beside what was sent again, may
// have arrived long before.
func TestALostAcknowledgementMakesNoRoundTripLonger(t *testing.T) {
	w, f := idle(Default, 10*ms)
	for range 20 {
		until := w.now + 30*ms
		f.back.lose = func(*Segment) bool { return w.now < until }
		f.write(3 * MSS)
		w.run(w.now + time.Second)
	}
	if got := f.s.RTT(); got != 20*ms || f.s.Unacked() > 0 || f.s.Retransmits() != 20 {
		t.Errorf("round trip %v, %d bytes unacknowledged, %d segments sent again, want 20ms, 0 and 20",
			got, f.s.Unacked(), f.s.Retransmits())
	}
}

// TestAWayThatHasBecomeSlowerThanTheTimeoutIsMeasured: each segment is sent again before it is acknowledged, until the
// sender knows better.
func TestAWayThatHasBecomeSlowerThanTheTimeoutIsMeasured(t *testing.T) {
	w, f := idle(Default, 10*ms)
	f.forth.delay = 3 * time.Second
	for range 40 {
		f.write(1)
		w.run(w.now + 10*time.Second)
	}
	if got, again := f.s.RTT(), f.s.Retransmits(); got < 2900*ms || again > 20 {
		t.Errorf("round trip %v after %d retransmissions, want nearly 3.01s after a few", got, again)
	}
}
