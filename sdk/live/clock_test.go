package live

import (
	"testing"
	"time"
)

func TestDurationsFollowTheSpeedOfAClockAndNeverItsOffset(t *testing.T) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, each := range []struct {
		name  string
		clock clock
		shown time.Duration // by the node's clock, ten seconds after start
		wait  time.Duration // the machine's time for ten seconds of the node's
	}{
		{"true", trueClock, 10 * time.Second, 10 * time.Second},
		{"ahead", clock{since: start, offset: time.Hour, speed: 1}, time.Hour + 10*time.Second, 10 * time.Second},
		{"fast", clock{since: start, speed: 2}, 20 * time.Second, 5 * time.Second},
		{"slow and behind", clock{since: start, offset: -time.Minute, speed: 0.5}, -55 * time.Second, 20 * time.Second},
	} {
		t.Run(each.name, func(t *testing.T) {
			now := start.Add(10 * time.Second)
			if got := each.clock.now(now).Sub(start); got != each.shown {
				t.Errorf("shows %v, want %v", got, each.shown)
			}
			if got := each.clock.wait(10 * time.Second); got != each.wait {
				t.Errorf("10s last %v, want %v", got, each.wait)
			}
			deadline := each.clock.now(now).Add(10 * time.Second)
			if got := each.clock.until(deadline, now); got != each.wait {
				t.Errorf("a deadline in 10s is %v away, want %v", got, each.wait)
			}
		})
	}
}

func TestADeadlineOnAClockThatIsAheadKeepsItsDistance(t *testing.T) {
	n := New(Config{Node: "n1"})
	n.clock = clock{offset: time.Hour, speed: 1}
	got := time.Until(n.kernelDeadline(n.Now().Add(time.Minute)))
	if got <= 0 || got > time.Minute {
		t.Errorf("the kernel's deadline is %v away, want at most a minute", got)
	}
	if !n.kernelDeadline(time.Time{}).IsZero() {
		t.Error("no deadline became one")
	}
}
