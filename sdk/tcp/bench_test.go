package tcp

import (
	"testing"
	"time"
)

// trip is a write of n bytes at one end, read at the other, and its acknowledgement.
func trip(now time.Duration, from, to *Sender, in, out *Receiver, n int64) {
	from.Write(int(n))
	var a Ack
	for g := (Segment{}); from.Next(now, &g); {
		in.Arrive(now, &g)
		in.Read(now, in.Readable())
		out.Answered()
		if out.Piggyback(&a) {
			to.Ack(now, &a)
		}
	}
}

func BenchmarkEcho(b *testing.B) {
	var s, t Sender
	var in, out Receiver
	for _, r := range []*Receiver{&in, &out} {
		r.Open(0, &Default, MSS, ms)
	}
	s.Open(0, &Default, MSS, ms, in.Right())
	t.Open(0, &Default, MSS, ms, out.Right())
	b.ReportAllocs()
	now := time.Duration(0)
	for b.Loop() {
		trip(now, &s, &t, &in, &out, 64)
		now += ms / 2
		trip(now, &t, &s, &out, &in, 64)
		now += ms / 2
	}
}

func BenchmarkBulk(b *testing.B) {
	var s Sender
	var r Receiver
	r.Open(0, &Default, MSS, ms)
	s.Open(0, &Default, MSS, ms, r.Right())
	b.ReportAllocs()
	now := time.Duration(0)
	s.Write(1 << 20)
	var g Segment
	var a Ack
	for b.Loop() {
		if !s.Next(now, &g) {
			b.Fatal("nothing to send")
		}
		now += 10 * time.Microsecond
		r.Arrive(now, &g)
		r.Read(now, r.Readable())
		if r.Ack(&a) {
			s.Ack(now, &a)
			s.Write(int(s.Room()))
		}
	}
}
