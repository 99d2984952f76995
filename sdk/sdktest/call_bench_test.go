package sdktest

import (
	"sync"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/wire"
)

// BenchmarkCalls is a script's poll of a node that answers at once, with many worlds in flight: the most frequent thing
// that a sweep over seeds does. The host's side is here the least that can be: it batches, and does nothing else.
func BenchmarkCalls(b *testing.B) {
	for _, worlds := range []int{1, 8, 64} {
		b.Run(map[int]string{1: "1 world", 8: "8 worlds", 64: "64 worlds"}[worlds], func(b *testing.B) {
			s := open(b, samplePlugin())
			for world := range worlds {
				openWorld(s, uint64(world), &wire.Open{Seed: 1})
				s.advance(uint64(world), &wire.Advance{Changes: []*wire.Change{change(sampleStart("n1"))}})
			}
			b.ReportAllocs()
			b.ResetTimer()
			turns(b, s, worlds)
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
			b.StopTimer()
			s.end()
		})
	}
}

// turns makes b.N calls, spread over the worlds; each world has one in flight.
func turns(b *testing.B, s *session, worlds int) {
	var mu sync.Mutex
	queue := make([]*wire.Command, 0, worlds)
	some := make(chan struct{}, 1)
	left, answered := b.N, 0
	next := func(world uint64) { // under mu
		if left == 0 {
			return
		}
		left--
		queue = append(queue, &wire.Command{World: world, Of: &wire.Command_Advance{Advance: &wire.Advance{
			Calls: []*wire.Call{{Id: 1, Node: "n1", Method: "greet"}}, Wake: []int64{1}, Until: int64(time.Hour),
		}}})
		select {
		case some <- struct{}{}:
		default:
		}
	}
	mu.Lock()
	for world := range worlds {
		next(uint64(world))
	}
	mu.Unlock()
	go func() {
		for range some {
			mu.Lock()
			batch := queue
			queue = make([]*wire.Command, 0, worlds)
			mu.Unlock()
			if len(batch) > 0 && s.link.Send(batch...) != nil {
				return
			}
		}
	}()
	defer close(some)
	for answered < b.N {
		s.mu.Lock()
		reports, arrived := s.reports, s.arrived
		s.reports = nil
		s.mu.Unlock()
		if len(reports) == 0 {
			<-arrived
			continue
		}
		mu.Lock()
		for _, r := range reports {
			if r.GetProgress() != nil {
				answered++
				next(r.World)
			}
		}
		mu.Unlock()
	}
}
