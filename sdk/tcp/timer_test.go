package tcp

import (
	"slices"
	"testing"
	"time"
)

// idle is a flow that was opened a second ago and has sent nothing.
func idle(set Settings, delay time.Duration) (*world, *flow) {
	w, f := single(set, line{delay: delay})
	f.dial()
	w.run(time.Second)
	return w, f
}

// dark loses all that enters both lines until an instant.
func (f *flow) dark(until time.Duration) {
	f.forth.lose = func(*Segment) bool { return f.w.now < until }
	f.back.lose = f.forth.lose
}

func TestAByteArrivesAtTheFirstAttemptAfterASecondOfLoss(t *testing.T) {
	w, f := idle(Default, 10*ms)
	var attempts []time.Duration
	f.sent = func(*Segment) { attempts = append(attempts, w.now-time.Second) }
	f.dark(2 * time.Second)
	f.write(1)
	w.run(20 * time.Second)
	if took := f.last - time.Second; took < 1400*ms || took > 1600*ms {
		t.Errorf("the byte arrived after %v, want 1.4s to 1.6s; attempts at %v", took, attempts)
	}
	want := []time.Duration{0, 220 * ms, 660 * ms, 1540 * ms} // a round trip and 200 ms, doubling
	if !slices.Equal(attempts, want) || f.s.Unacked() != 0 {
		t.Errorf("attempts at %v, want %v; %d bytes unacknowledged", attempts, want, f.s.Unacked())
	}
}

func TestATimeoutThatWasWrongIsTakenBack(t *testing.T) {
	w, f := bulk(Default, line{rate: 10e6, queue: 128 << 10, delay: 10 * ms})
	w.run(5 * time.Second)
	before, again := f.s.Window(), f.s.Retransmits()
	f.forth.change(8000)
	w.run(5600 * ms)
	if f.s.Window() != 1 {
		t.Errorf("window %.0f after 0.6s at 8 kbit, want 1", f.s.Window())
	}
	w.run(6 * time.Second)
	f.forth.change(10e6)
	w.run(6200 * ms)
	if again = f.s.Retransmits() - again; f.s.Window() < 0.7*before || again > 10 {
		t.Errorf("window %.0f and %d segments sent again, want about %.0f and at most 10", f.s.Window(), again, before)
	}
}

func TestSlownessIsNoLoss(t *testing.T) {
	w, f := idle(Default, 10*ms)
	f.forth.delay = 5 * time.Second
	f.write(100)
	w.at(1500*ms, func() { f.forth.delay = 10 * ms; f.forth.overtake() })
	w.run(1990 * ms)
	if took := f.last - time.Second; f.got != 100 || took > time.Second {
		t.Errorf("%d bytes after %v, want 100 within 1s", f.got, took)
	}
}

// overtake lets what is sent from now on arrive before what is on the wire, which is thrown away.
func (l *line) overtake() { l.wire.Clear() }

func TestALostTailIsProbed(t *testing.T) {
	w, f := idle(Default, 10*ms)
	f.forth.lose = func(g *Segment) bool { return g.Attempt == 0 && g.Offset >= 4*MSS }
	f.write(6 * MSS)
	w.run(2 * time.Second)
	// Two round trips and 2 ms after the last segment, its probe tells of the one before it.
	if took := f.last - time.Second; f.got != 6*MSS || took > 100*ms {
		t.Errorf("%d bytes after %v, want %d within 100ms", f.got, took, 6*MSS)
	}
	if f.s.Retransmits() != 2 || f.s.Window() < 7 {
		t.Errorf("%d segments sent again, window %.1f: want 2, and no collapse", f.s.Retransmits(), f.s.Window())
	}
}

func TestALostRetransmissionIsFound(t *testing.T) {
	w, f := single(Default, line{delay: 10 * ms})
	f.forth.lose = func(g *Segment) bool { return g.Offset == 4*MSS && g.Attempt < 2 }
	var second time.Duration
	f.sent = func(g *Segment) {
		if g.Attempt == 2 {
			second = w.now
		}
	}
	f.more = 100 * MSS
	f.dial()
	w.run(time.Second)
	// Dialled at 20 ms; lost, seen and sent again at 40 ms; that one seen by what was sent after it, two round trips later.
	if f.got != 100*MSS || f.s.Retransmits() != 2 || second > 80*ms {
		t.Errorf("%d bytes, %d segments sent again, the last at %v, want it at 80ms or before", f.got, f.s.Retransmits(), second)
	}
}

func TestAShutWindowReopensAlthoughTheUpdateIsLost(t *testing.T) {
	w, f := idle(Default, 10*ms)
	f.paused = true
	f.write(1 << 20)
	w.run(3 * time.Second)
	if unread := f.r.Readable(); unread < leastWindow-MSS || unread > leastWindow {
		t.Fatalf("%d bytes unread, want the window of %d", unread, leastWindow)
	}
	f.dark(4 * time.Second)
	f.resume()
	w.run(8 * time.Second)
	if f.got != 1<<20 {
		t.Errorf("%d bytes read, want all %d", f.got, 1<<20)
	}
}

func TestAReaderThatTakesNothingForAnHourIsNoReasonToGiveUp(t *testing.T) {
	w, f := idle(Default, 10*ms)
	f.paused = true
	f.write(1 << 20)
	for at := 2 * time.Second; at < time.Hour; at += 10 * time.Second {
		if w.run(at); f.s.Patience() <= w.now {
			t.Fatalf("gave up at %v", w.now)
		}
	}
	f.resume()
	w.run(w.now + 20*time.Second)
	if f.got != 1<<20 {
		t.Errorf("%d bytes read, want all %d", f.got, 1<<20)
	}
}

func TestPatienceEndsAMinuteAfterTheLastAcknowledgement(t *testing.T) {
	w, f := idle(Default, 10*ms)
	if f.s.Patience() != Never {
		t.Errorf("patience of an idle sender ends at %v, want never", f.s.Patience())
	}
	f.dark(Never)
	f.write(1)
	w.run(30 * time.Second)
	f.write(1)
	w.run(50 * time.Second)
	if want := time.Second + GiveUp; f.s.Patience() != want {
		t.Errorf("patience ends at %v, want %v", f.s.Patience(), want)
	}
}

func TestAFinThatIsLostIsSentAgain(t *testing.T) {
	for _, bytes := range []int64{0, 100} {
		w, f := idle(Default, 10*ms)
		f.forth.lose = func(g *Segment) bool { return g.Fin && g.Attempt < 2 }
		f.close = true
		f.write(bytes)
		w.run(5 * time.Second)
		if !f.r.Finished() || !f.s.Done() || f.got != bytes || int64(f.r.InOrder()) != bytes {
			t.Errorf("after %d bytes: finished %v, done %v, read %d", bytes, f.r.Finished(), f.s.Done(), f.got)
		}
		if f.s.Due() != Never || f.s.Patience() != Never || f.s.Waits() || f.s.Unacked() != 0 {
			t.Errorf("after %d bytes: due %v, patience %v, waits %v", bytes, f.s.Due(), f.s.Patience(), f.s.Waits())
		}
	}
}

func TestWhatMayBeSentIsDue(t *testing.T) {
	w, f := idle(Default, 10*ms)
	f.write(MSS)
	f.s.Write(1) // and Next is not called
	f.s.Ack(w.now, &Ack{Ack: MSS, Window: leastWindow, Transmission: 1})
	if f.s.Due() > w.now {
		t.Errorf("due at %v, want at once: a byte waits and nothing is in flight", f.s.Due())
	}
}

func TestAnAcknowledgementOfWhatWasNeverSentIsIgnored(t *testing.T) {
	w, f := idle(Default, 10*ms)
	f.write(4 * MSS)
	before := f.s.Patience()
	w.run(w.now + ms)
	f.s.Ack(w.now, &Ack{Ack: 4*MSS + 1, Window: 1 << 30, Transmission: 9})
	if f.s.Unacked() != 4*MSS || f.s.right != leastWindow || f.s.Patience() != before {
		t.Errorf("%d bytes unacknowledged, right edge %d, patience to %v", f.s.Unacked(), f.s.right, f.s.Patience())
	}
	f.s.Ack(w.now, &Ack{Blocks: [3]Block{{3 * MSS, MSS}, {MSS, 9 * MSS}}, N: 2})
	if f.s.count[sacked] != 0 {
		t.Errorf("%d segments taken for arrived by blocks without sense", f.s.count[sacked])
	}
}

func TestAFinWaitsForAShutWindow(t *testing.T) {
	w, f := idle(Default, 10*ms)
	f.paused, f.close = true, true
	f.write(leastWindow)
	w.run(10 * time.Second)
	if f.r.Finished() {
		t.Error("FIN has passed a shut window")
	}
	f.dark(10500 * ms)
	f.resume()
	w.run(60 * time.Second)
	if !f.s.Done() || f.got != leastWindow {
		t.Errorf("done %v, %d bytes read", f.s.Done(), f.got)
	}
}

func TestTheWindowIsHalvedForEachTimeoutOfIdleness(t *testing.T) {
	w, f := idle(Default, 10*ms)
	f.write(1 << 20)
	w.run(2 * time.Second)
	busy := f.s.Window()
	w.run(w.now + 700*ms)
	f.write(1)
	if f.s.Window() > busy/2 || f.s.Window() < 10 {
		t.Errorf("window %.0f after a pause, %.0f before it", f.s.Window(), busy)
	}
}

// TestATimeoutIsTakenBackIfNotAllWasLost: what has arrived before a cut, whose acknowledgements are lost, is acknowledged by
// the first answer after it. As Linux, the losses then begin a recovery, and CUBIC keeps its maximum.
func TestATimeoutIsTakenBackIfNotAllWasLost(t *testing.T) {
	w, f := bulk(Default, line{rate: 10e6, queue: 128 << 10, delay: 10 * ms})
	w.run(3 * time.Second)
	before := f.s.Window()
	f.dark(4 * time.Second)
	w.run(4 * time.Second)
	if f.s.phase != timedOut {
		t.Fatalf("phase %d after a second of darkness, want a timeout", f.s.phase)
	}
	for ; f.s.phase == timedOut; w.run(w.now + ms) {
	}
	if f.s.phase != recovering || f.s.control.cubic.most != before {
		t.Errorf("phase %d with the maximum %v, want a recovery and %v", f.s.phase, f.s.control.cubic.most, before)
	}
}

// TestCubicForgetsItsMaximumAfterATimeout: as Linux, it then grows by 5 % a round trip until the next loss.
func TestCubicForgetsItsMaximumAfterATimeout(t *testing.T) {
	w, f := bulk(Default, line{rate: 100e6, queue: 1 << 20, delay: 10 * ms})
	w.run(5 * time.Second)
	until := w.now + 500*ms
	f.forth.lose = func(*Segment) bool { return w.now < until } // acknowledgements would take the timeout back
	c := &f.s.control
	for w.run(w.now + 600*ms); f.s.phase != steady || c.window < c.threshold; {
		w.run(w.now + ms)
	}
	if c.cubic.most != 0 {
		t.Errorf("maximum %v, want it forgotten", c.cubic.most)
	}
	before, got := f.s.Window(), f.got
	w.run(w.now + 100*ms)
	within(t, "growth", f.s.Window()-before, float64(f.got-got)/MSS/20, 0.05)
}

func TestNoneKeepsItsWindow(t *testing.T) {
	set := with(None)
	set.InitialWindow = 40
	w, f := bulk(set, line{delay: 10 * ms, lose: every(50)})
	f.w.at(time.Second, func() { f.dark(2 * time.Second) })
	w.run(5 * time.Second)
	if f.s.Window() != 40 || f.got == 0 {
		t.Errorf("window %v, want 40", f.s.Window())
	}
}
