package live

import (
	"errors"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

func TestASleepUnderWayFollowsANewSpeedAndNoOffset(t *testing.T) {
	for _, c := range []struct {
		name   string
		speed  float64
		offset time.Duration
		want   time.Duration
	}{
		{"twice as fast", 2, 0, 7500 * time.Millisecond}, {"at half the speed", 0.5, 0, 15 * time.Second},
		{"an hour ahead", 1, time.Hour, 10 * time.Second}, {"both", 2, -time.Hour, 7500 * time.Millisecond},
	} {
		for what, wait := range map[string]func(n *Node, over chan<- error){
			"sleep": func(n *Node, over chan<- error) { over <- n.Sleep(10 * time.Second) },
			"timer": func(n *Node, over chan<- error) { n.AfterFunc(10*time.Second, func() { over <- nil }) },
		} {
			t.Run(what+" "+c.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					n := New(Config{Node: "n1"})
					over, began := make(chan error, 1), time.Now()
					go wait(n, over)
					<-time.After(5 * time.Second)
					n.SetClock(c.speed, c.offset)
					if err := <-over; err != nil {
						t.Error(err)
					}
					if took := time.Since(began); took != c.want {
						t.Errorf("10s took %v, want %v", took, c.want)
					}
					synctest.Wait() // for the end of the task that has told
					if err := n.Stop(0); err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
}

func TestATimerThatWasStoppedStaysSoWhenTheClockIsSet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Config{Node: "n1"})
		timer := n.AfterFunc(time.Second, func() { t.Error("a stopped timer has rung") })
		if !timer.Stop() {
			t.Error("a timer that had not rung was not stopped")
		}
		n.SetClock(50, 0)
		<-time.After(time.Minute)
		if timer.Stop() {
			t.Error("stopped twice")
		}
		if len(n.timing.waits) > 0 {
			t.Errorf("%d waits are still kept", len(n.timing.waits))
		}
	})
}

func TestTheNodesClockShowsItsSpeedAndItsOffset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(Config{Node: "n1"})
		start := time.Now()
		n.SetClock(2, time.Hour)
		<-time.After(time.Minute)
		if got := n.Now().Sub(start); got != time.Hour+2*time.Minute {
			t.Errorf("after a minute at double speed, an hour ahead: %v, want 1h2m", got)
		}
		n.SetClock(1, 0)
		if got := n.Now().Sub(start); got != 2*time.Minute {
			t.Errorf("after both were taken back: %v, want 2m", got)
		}
	})
}

// The deadlines of a condition are met on the machine's own clock here: its waiters outlive a test.
func TestADeadlineOfAConditionFollowsTheSpeedAndNoOffset(t *testing.T) {
	n := New(Config{Node: "n1"})
	n.SetClock(0.01, 0)
	c := n.NewCond().(*cond)
	over := make(chan error)
	go func() {
		c.Lock()
		defer c.Unlock()
		over <- c.Wait(n.Now().Add(10 * time.Second))
	}()
	for waiting := 0; waiting == 0; runtime.Gosched() {
		c.list.Lock()
		waiting = len(c.waiters)
		c.list.Unlock()
	}
	n.SetClock(0.01, time.Hour)
	fast := time.Now()
	n.SetClock(100, time.Hour)
	if err := <-over; !errors.Is(err, sdk.ErrTimeout) {
		t.Errorf("got %v, want a timeout", err)
	}
	if took := time.Since(fast); took < 90*time.Millisecond {
		t.Errorf("the 10s that were left passed in %v at speed 100, want 100ms", took)
	}
}

func TestADeadlineOnAClockThatIsAheadKeepsItsDistance(t *testing.T) {
	n := New(Config{Node: "n1"})
	n.SetClock(1, time.Hour)
	n.timing.mu.RLock()
	defer n.timing.mu.RUnlock()
	now := n.timing.clock.Now(time.Now())
	got := time.Until(n.kernelDeadline(now.Add(time.Minute)))
	if got <= 0 || got > time.Minute {
		t.Errorf("the kernel's deadline is %v away, want at most a minute", got)
	}
	if !n.kernelDeadline(time.Time{}).IsZero() {
		t.Error("no deadline became one")
	}
}
