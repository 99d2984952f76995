package load

import (
	"testing"
	"time"
)

// TestWhatIsAsideTakesNoTimeOfALimit compares when a limit would end a run with how long the run has taken itself.
func TestWhatIsAsideTakesNoTimeOfALimit(t *testing.T) {
	var s Stopper
	w := Limit{Time: time.Hour}.Begin(&s, "the run")
	defer w.End()
	before := w.due
	w.Aside(func() {
		long := make(chan struct{})
		time.AfterFunc(30*time.Millisecond, func() { close(long) })
		<-long
	})
	if moved := w.due.Sub(before); moved < 30*time.Millisecond {
		t.Errorf("the end of the time has moved by %v, want at least the 30ms aside", moved)
	}
	var none *Watched
	none.Aside(func() {}) // no limit
	none.End()
}
