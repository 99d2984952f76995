package engine_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/host"
)

// BenchmarkSimCalls is how long a script's blocking call takes, with one world in flight and with many.
func BenchmarkSimCalls(b *testing.B) {
	for _, worlds := range []int{1, 64} {
		b.Run(fmt.Sprintf("worlds=%d", worlds), func(b *testing.B) {
			h := newHost(b)
			stages := make([]*stage, worlds)
			for i := range stages {
				stages[i] = quiet(b, h, false)
				stages[i].add("probe", nil, "n1")
				stages[i].call("n1", "whoami")
			}
			b.ResetTimer()
			var running sync.WaitGroup
			for i, s := range stages {
				calls := b.N / worlds
				if i < b.N%worlds {
					calls++
				}
				running.Go(func() {
					for range calls {
						s.end(s.begin("n1", "whoami", nil))
					}
				})
			}
			running.Wait()
		})
	}
}

// BenchmarkLiveCall is the round trip of a call to a live node.
func BenchmarkLiveCall(b *testing.B) {
	s := quiet(b, newHost(b), true)
	s.add("probe", nil, "n1")
	s.call("n1", "whoami")
	b.ResetTimer()
	for range b.N {
		s.end(s.begin("n1", "whoami", nil))
	}
}

// BenchmarkLiveStart is the time from nothing to 50 nodes that are ready.
func BenchmarkLiveStart(b *testing.B) {
	h := newHost(b)
	for range b.N {
		s := quiet(b, h, true)
		for i := range 50 {
			s.add("probe", nil, fmt.Sprintf("n%d", i+1))
		}
		s.run(time.Nanosecond)
		b.StopTimer()
		s.close()
		b.StartTimer()
	}
}

// quiet is a stage whose nodes' logs nobody takes.
func quiet(b *testing.B, h *host.Host, live bool) *stage {
	b.Helper()
	e, err := open(h, live, engine.Options{Seed: seed})
	if err != nil {
		b.Fatal(err)
	}
	s := stageOf(b, e, live)
	b.Cleanup(func() { s.close() })
	return s
}
