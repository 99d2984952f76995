package sim_test

import (
	"errors"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sim"
)

// waits are the ways in which a task of "a" can wait for 10 s of its clock. "b" listens on 80, and answers nothing.
var waits = map[string]func(t *testing.T, e sdk.Env){
	"sleep": func(t *testing.T, e sdk.Env) { ok(t, e.Sleep(10*time.Second)) },
	"timer": func(t *testing.T, e sdk.Env) {
		rung := e.NewCond()
		e.AfterFunc(10*time.Second, rung.Signal)
		ok(t, rung.Wait(time.Time{}))
	},
	"condition": func(t *testing.T, e sdk.Env) {
		timesOut(t, e.NewCond().Wait(e.Now().Add(10*time.Second)))
	},
	"condition, by a deadline that was read before": func(t *testing.T, e sdk.Env) {
		deadline := e.Now().Add(10 * time.Second)
		ok(t, e.Sleep(6*time.Second))
		timesOut(t, e.NewCond().Wait(deadline))
	},
	"sleep, of what a deadline leaves": func(t *testing.T, e sdk.Env) {
		deadline := e.Now().Add(10 * time.Second)
		ok(t, e.Sleep(6*time.Second))
		ok(t, e.Sleep(sdk.Left(e, deadline)))
	},
	"datagram": func(t *testing.T, e sdk.Env) {
		socket, err := e.ListenPacket(0)
		ok(t, err)
		ok(t, socket.SetReadDeadline(e.Now().Add(10*time.Second)))
		_, _, err = socket.ReadFrom(make([]byte, 1))
		timesOut(t, err)
	},
	"read": func(t *testing.T, e sdk.Env) {
		conn, err := e.Dial("b:80")
		ok(t, err)
		// The deadline of a connection holds for every read until it is moved.
		ok(t, conn.SetReadDeadline(e.Now().Add(10*time.Second)))
		_, err = conn.Read(make([]byte, 1))
		timesOut(t, err)
	},
	"dial": func(t *testing.T, e sdk.Env) {
		_, err := e.DialTimeout("cut:80", 10*time.Second)
		timesOut(t, err)
	},
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Error(err)
	}
}

func timesOut(t *testing.T, err error) {
	t.Helper()
	if !errors.Is(err, sdk.ErrTimeout) {
		t.Errorf("got %v, want a timeout", err)
	}
}

// waiting begins the wait on "a", whose clock goes at a speed, and after 5 s of it sets that clock. It returns how long
// the wait took.
func waiting(
	t *testing.T, wait func(*testing.T, sdk.Env), before, speed float64, offset time.Duration,
) time.Duration {
	l := newLab(t, sim.Config{}, "a", "b", "cut")
	l.start("a", idle)
	l.start("cut", idle)
	l.start("b", func(e sdk.Env) error {
		_, err := e.Listen(80)
		return err
	})
	ok(t, l.AddEffect(link.Cut, "a", "cut", nil))
	l.run(time.Second) // so that the wait does not begin at 0
	begin, ended := l.Now(), time.Duration(-1)
	l.Node("a").SetClock(before, 0)
	l.Node("a").Call(func(e sdk.Env) { wait(t, e) }, func(bool) { ended = l.Now() - begin })
	l.run(5 * time.Second)
	l.Node("a").SetClock(speed, offset)
	l.Run(l.Now()+long, func() bool { return ended >= 0 })
	l.noFailures()
	return ended
}

func TestAWaitUnderWayFollowsANewSpeedAndNoOffset(t *testing.T) {
	for name, wait := range waits {
		for _, c := range []struct {
			name   string
			speed  float64
			offset time.Duration
			want   time.Duration
		}{
			{"twice as fast", 2, 0, 7500 * ms}, {"at half the speed", 0.5, 0, 15 * time.Second},
			{"an hour ahead", 1, time.Hour, 10 * time.Second}, {"an hour behind", 1, -time.Hour, 10 * time.Second},
			{"both", 2, time.Hour, 7500 * ms},
		} {
			t.Run(name+" "+c.name, func(t *testing.T) {
				// A handshake comes before the deadline of a read is set.
				if got := waiting(t, wait, 1, c.speed, c.offset); got < c.want || got > c.want+ms {
					t.Errorf("10s took %v, want %v", got, c.want)
				}
			})
		}
	}
}

func TestAWaitThatBeganWithASpeedGoesOnTrueWhenItIsTakenBack(t *testing.T) {
	for name, wait := range waits {
		t.Run(name, func(t *testing.T) {
			want := 12500 * ms // 5 s at half the speed, and the other 7.5 s
			if got := waiting(t, wait, 0.5, 1, 0); got < want || got > want+ms {
				t.Errorf("10s took %v, want %v", got, want)
			}
		})
	}
}

func TestAClockGoesOnThroughACrashAndNodesStartByIt(t *testing.T) {
	l := newLab(t, sim.Config{}, "a")
	l.Node("a").SetClock(2, time.Hour)
	show := func() (shown time.Duration) {
		l.start("a", func(e sdk.Env) error { shown = e.Now().Sub(sdk.Epoch); return nil })
		l.run(0)
		return shown
	}
	if got := show(); got != time.Hour {
		t.Errorf("at its start the node's clock shows %v, want 1h", got)
	}
	l.run(time.Minute)
	l.Node("a").Crash()
	l.run(time.Minute)
	if got := show(); got != time.Hour+4*time.Minute {
		t.Errorf("after 2 minutes at double speed it shows %v, want 1h4m", got)
	}
}

func TestATimerThatIsOverdueInAPauseRingsAtTheResumeWhateverTheClockDoesThen(t *testing.T) {
	l := newLab(t, sim.Config{}, "a")
	var woke []time.Duration
	l.start("a", func(e sdk.Env) error {
		e.AfterFunc(time.Second, func() { woke = append(woke, l.Now()) })
		e.AfterFunc(10*time.Second, func() { woke = append(woke, l.Now()) })
		return nil
	})
	l.run(500 * ms)
	l.Node("a").Pause()
	l.run(1500 * ms)
	l.Node("a").SetClock(0.5, 0)
	l.run(time.Second)
	l.Node("a").Resume()
	l.run(time.Minute)
	if len(woke) != 2 || woke[0] != 3*time.Second || woke[1] != 18*time.Second {
		t.Errorf("the timers rang at %v, want 3s, the resume, and 18s", woke)
	}
}

func TestAClockFaultIsInTheDigest(t *testing.T) {
	digest := func(speed float64, offset time.Duration) uint64 {
		l := newLab(t, sim.Config{}, "a")
		l.start("a", idle)
		if speed != 0 {
			l.Node("a").SetClock(speed, offset)
		}
		l.run(time.Second)
		l.Close()
		return l.Digest()
	}
	seen := map[uint64]bool{digest(0, 0): true, digest(1, 1): true, digest(2, 0): true, digest(2, 1): true}
	if len(seen) != 4 {
		t.Errorf("%d different digests of 4 different clocks", len(seen))
	}
}
