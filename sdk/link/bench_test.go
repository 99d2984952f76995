package link

import (
	"testing"
	"time"
)

var profiles = []struct {
	name    string
	profile Profile
}{
	{"ideal", Profile{}},
	{"latency", Profile{Latency: NewFixed(ms)}},
	{"jitter", Profile{Latency: NewFixed(ms), Jitter: NewFixed(ms)}},
	{"normal", Profile{Latency: NewNormal(ms, ms)}},
	{"rate", Profile{Rate: Gbit, Queue: 1 << 30}},
	{"burst", Profile{Burst: lossy}},
	{"wild", wild},
}

func BenchmarkPacket(b *testing.B) {
	for _, c := range profiles {
		b.Run(c.name, func(b *testing.B) {
			l := linkWith(c.profile)
			b.ReportAllocs()
			for i := range b.N {
				l.Packet(time.Duration(i)*ms, 1000)
			}
		})
	}
}

func BenchmarkStream(b *testing.B) {
	for _, c := range profiles {
		b.Run(c.name, func(b *testing.B) {
			l := linkWith(c.profile)
			var flow Flow
			b.ReportAllocs()
			for i := range b.N {
				l.Stream(&flow, time.Duration(i)*ms, 64<<10)
			}
		})
	}
}
