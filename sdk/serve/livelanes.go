package serve

import (
	"sync/atomic"
	"time"

	"github.com/netlab-dev/netlab/sdk/live"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// sampleEvery is how often a live node is asked for what its kind wants drawn.
const sampleEvery = 20 * time.Millisecond

// sample asks the node again and again, until it stops, in a task of the node. While one is at work, no other begins.
func (w *liveWorld) sample(n *instance) {
	<-w.node.Ready()
	var changed []*wire.Sample
	var asking atomic.Bool
	s := newSampler(n, func(told *wire.Sample) {
		told.At = int64(live.Monotonic())
		changed = append(changed, told)
	})
	ask := func() {
		defer asking.Store(false)
		s.sample(func(ask func()) error { ask(); return nil })
		if len(changed) > 0 {
			w.out.put(w.id, &wire.Report{Of: &wire.Report_Samples{Samples: &wire.Samples{List: changed}}})
			changed = nil
		}
	}
	for ticks := time.NewTicker(sampleEvery); ; {
		select {
		case <-ticks.C:
			if !asking.Swap(true) {
				w.node.Go(ask)
			}
		case <-w.node.Stopped():
			ticks.Stop()
			return
		}
	}
}
