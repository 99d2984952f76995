package relay

import (
	"sync/atomic"
	"testing"
	"time"
)

// TestAConnectionIsToldOfBeforeAnybodyCanResetIt looks at the network while it tells of a connection: one that Reset or
// Down can find already might be told to have ended before it has begun.
func TestAConnectionIsToldOfBeforeAnybodyCanResetIt(t *testing.T) {
	w := newWorld(t)
	l := w.listen(80)
	var found, opened atomic.Int64
	w.config.OnConn = func(_ time.Duration, _, _ string, _ int, what string) {
		if what == Opened {
			opened.Add(1)
			if w.schedule.mu.TryLock() { // it would be this very call that holds the lock
				found.Add(1)
				w.schedule.mu.Unlock()
			}
		}
	}
	for range 20 {
		w.connect(l, 80)
	}
	if opened.Load() != 20 || found.Load() > 0 {
		t.Errorf("%d connections were told of, %d were shared before", opened.Load(), found.Load())
	}
}
