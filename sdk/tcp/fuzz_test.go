package tcp

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// check recounts what the sender keeps.
func (s *Sender) check(t *testing.T) {
	t.Helper()
	var count [states]int
	at := s.acked
	for i := range s.flight.Len() {
		f := s.flight.At(i)
		if f.offset != at {
			t.Fatalf("segment %d in flight begins at %d, want %d", i, f.offset, at)
		}
		if f.state == lost && f.offset < s.hint {
			t.Fatalf("segment at %d is lost, below %d", f.offset, s.hint)
		}
		at = f.end()
		count[f.state]++
	}
	if at != s.next || count != s.count {
		t.Fatalf("in flight to %d with %v, want %d with %v", at, count, s.next, s.count)
	}
	if watched := s.watched(); watched != count[flying] {
		t.Fatalf("%d of %d flying segments are watched", watched, count[flying])
	}
	if !(s.control.window >= 1) || s.rtt.smoothed < 0 {
		t.Fatalf("window %v, round trip %v", s.control.window, s.rtt.smoothed)
	}
}

// watched is how many transmissions can still be found lost.
func (s *Sender) watched() int {
	n := 0
	for i := range s.order.Len() {
		if s.inFlight(*s.order.At(i)) != nil {
			n++
		}
	}
	return n
}

// drain takes all that the sender sends, and checks it.
func (s *Sender) drain(t *testing.T, now time.Duration) bool {
	for range 1 << 16 {
		next := s.next
		var g Segment
		if !s.Next(now, &g) {
			if s.flight.Len() == 0 && s.pending() != s.blocked {
				t.Fatalf("nothing in flight: something to send %v, window shut %v", s.pending(), s.blocked)
			}
			return true
		}
		empty := g.Length == 0 && !g.Fin
		switch {
		case g.Attempt == 0 && g.Offset != next:
			t.Fatalf("first transmission at %d, want %d", g.Offset, next)
		case !empty && g.End() > s.right:
			t.Fatalf("sent to %d beyond the window's edge %d", g.End(), s.right)
		case g.Length < 0 || g.Count != 1 || g.Transmission != s.sent || g.Offset+uint64(g.Length) > s.end:
			t.Fatalf("sent %+v of %d", g, s.end)
		}
	}
	t.Fatal("Next does not end")
	return false
}

func FuzzSender(f *testing.F) {
	for seed := range uint64(40) {
		dice := rand.New(rand.NewPCG(seed, 1))
		b := make([]byte, 400)
		for i := range b {
			b[i] = byte(dice.Uint32())
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) { torment(t, b) })
}

// torment feeds a sender with whatever bytes say.
func torment(t *testing.T, b []byte) {
	take := func() uint64 {
		var word [2]byte
		b = b[copy(word[:], b):]
		return uint64(binary.LittleEndian.Uint16(word[:]))
	}
	set := Default
	bits := take()
	set.Congestion, set.Nagle = Congestion(bits%3), bits&4 > 0
	var s Sender
	now := time.Duration(0)
	s.Open(now, &set, 1+int(take()%1460), time.Duration(take())*time.Microsecond-ms, take()*4)
	about := func() uint64 { return s.acked + take()%max(1, 2*(s.next-s.acked)+2) - take()%8/7 }
	for len(b) > 0 {
		switch take() % 8 {
		case 0:
			s.Write(int(take()) * 8)
		case 1:
			now += time.Duration(take()) * 10 * time.Microsecond
		case 2:
			now = max(now, min(s.Due(), now+GiveUp))
			if s.Timer(now); s.drain(t, now) && s.Due() <= now {
				t.Fatalf("due at %v after the timer of %v", s.Due(), now)
			}
		case 3:
			if take()%16 == 0 {
				s.Close()
			}
		case 4:
			s.SetMSS(int(take() % 3000))
		default:
			a := Ack{Ack: s.acked, Window: s.acked + take()*16, Transmission: s.arrived + take()%16, N: uint8(take() % 5)}
			if take()%64 == 0 {
				a.Window, a.Transmission = math.MaxUint64-take()%2, math.MaxUint64
			}
			if take()%4 == 0 {
				a.Ack = about()
			}
			for i := range a.Blocks {
				a.Blocks[i] = Block{about(), about()}
			}
			s.Ack(now, &a)
		}
		s.check(t)
		s.drain(t, now)
		s.check(t)
	}
}
