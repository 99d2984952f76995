package live

import (
	"testing"
	"time"
)

func TestOnlyTheWorstOfARoundIsTold(t *testing.T) {
	p := pulse{}
	for i, c := range []struct {
		due, late time.Duration
		want      bool
	}{
		{1000 * time.Millisecond, time.Millisecond, false}, // as late as timers are
		{1020 * time.Millisecond, 5 * time.Millisecond, true},
		{1045 * time.Millisecond, 5 * time.Millisecond, false},
		{1070 * time.Millisecond, 6 * time.Millisecond, true},
		{1110 * time.Millisecond, 3 * time.Millisecond, true}, // a new round
		{1140 * time.Millisecond, 2500 * time.Microsecond, false},
	} {
		if got := p.worth(c.due, c.due+c.late); got != c.want {
			t.Errorf("%d: %v late at %v: told %v, want %v", i, c.late, c.due, got, c.want)
		}
	}
}

func TestAPulseEndsWithItsProcess(t *testing.T) {
	stopped := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		Pulse(Monotonic(), stopped, func(due, woke time.Duration) {
			if woke <= due {
				t.Errorf("woke at %v, before %v", woke, due)
			}
		})
	}()
	close(stopped)
	<-ended
}

// A process may be kept from running before its pulse has begun.
func TestAPulseThatBeginsLateTellsOfIt(t *testing.T) {
	stopped := make(chan struct{})
	Pulse(Monotonic()-time.Second, stopped, func(due, woke time.Duration) {
		if woke-due < time.Second-pulsePeriod {
			t.Errorf("told of %v, want the second before the pulse began", woke-due)
		}
		close(stopped)
	})
}
