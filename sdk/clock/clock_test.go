package clock

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func at(d time.Duration) time.Time { return start.Add(d) }

func TestDurationsFollowTheSpeedOfAClockAndNeverItsOffset(t *testing.T) {
	for _, each := range []struct {
		name  string
		clock Clock
		shown time.Duration // by the node's clock, ten seconds after start
		wait  time.Duration // the true time for ten seconds of the node's
	}{
		{"true", Clock{}, 10 * time.Second, 10 * time.Second},
		{"ahead", Clock{}.Set(start, 1, time.Hour), time.Hour + 10*time.Second, 10 * time.Second},
		{"fast", Clock{}.Set(start, 2, 0), 20 * time.Second, 5 * time.Second},
		{"slow and behind", Clock{}.Set(start, 0.5, -time.Minute), -55 * time.Second, 20 * time.Second},
	} {
		t.Run(each.name, func(t *testing.T) {
			now := at(10 * time.Second)
			if got := each.clock.Now(now).Sub(start); got != each.shown {
				t.Errorf("shows %v, want %v", got, each.shown)
			}
			if got := each.clock.Wait(10 * time.Second); got != each.wait {
				t.Errorf("10s last %v, want %v", got, each.wait)
			}
			if got := each.clock.Passed(each.wait); got != 10*time.Second {
				t.Errorf("in %v %v pass, want 10s", each.wait, got)
			}
			deadline := each.clock.Now(now).Add(10 * time.Second)
			if got := each.clock.Until(deadline, now); got != each.wait {
				t.Errorf("a deadline in 10s is %v away, want %v", got, each.wait)
			}
		})
	}
}

func TestTakingAnOffsetBackMovesTheClockBackAndTakingASpeedBackKeepsItsGain(t *testing.T) {
	c := Clock{}.Set(at(0), 1, time.Hour)
	c = c.Set(at(time.Second), 2, time.Hour)
	if got := c.Now(at(4 * time.Second)).Sub(start); got != time.Hour+7*time.Second {
		t.Errorf("an hour ahead, and twice as fast for 3s of 4s: shows %v, want 1h0m7s", got)
	}
	c = c.Set(at(4*time.Second), 1, 0)
	if got := c.Now(at(10 * time.Second)).Sub(start); got != 13*time.Second {
		t.Errorf("both taken back after 4s: shows %v after 10s, want 13s", got)
	}
	if got := c.Gained(at(time.Minute)); got != 3*time.Second {
		t.Errorf("gained %v, want 3s", got)
	}
}

func TestWhatHasPassedSinceAMarkFollowsTheSpeedsAndNoOffset(t *testing.T) {
	c := Clock{}.Set(at(0), 2, time.Hour)
	mark := c.Mark(at(time.Second))
	c = c.Set(at(3*time.Second), 2, -time.Hour)
	c = c.Set(at(5*time.Second), 0.5, 0)
	if got, want := c.Since(mark, at(9*time.Second)), 10*time.Second; got != want {
		t.Errorf("4s at double speed and 4s at half of it: %v, want %v", got, want)
	}
}

func TestAChangeOfSpeedMovesWhatIsLeftOfAWait(t *testing.T) {
	slow, fast := Clock{}.Set(start, 0.5, 0), Clock{}.Set(start, 2, time.Hour)
	for _, c := range []struct {
		from, to Clock
		want     time.Duration
	}{
		{Clock{}, fast, 2500 * time.Millisecond}, {fast, Clock{}, 10 * time.Second}, {slow, fast, 1250 * time.Millisecond},
		{Clock{}, Clock{}.Set(start, 1, time.Hour), 5 * time.Second},
	} {
		if got := c.to.Rest(5*time.Second, c.from); got != c.want {
			t.Errorf("5s left by %+v are %v by %+v, want %v", c.from, got, c.to, c.want)
		}
	}
	if got := fast.Rest(-time.Second, Clock{}); got != -time.Second {
		t.Errorf("what is past is %v away, want -1s", got)
	}
}

func TestADeadlineThatWasReadBeforeAStepIsNotMovedByIt(t *testing.T) {
	ahead := Clock{}.Set(at(time.Second), 2, time.Hour)
	behind := ahead.Set(at(2*time.Second), 1, -time.Minute)
	for _, c := range []struct {
		name        string
		read, waits Clock
	}{
		{"to ahead", Clock{}, ahead}, {"to behind", ahead, behind}, {"back", behind, behind.Set(at(3*time.Second), 1, 0)},
		{"far", Clock{}.Set(start, 1, -MaxOffset), Clock{}.Set(start, 1, MaxOffset)},
	} {
		now := at(3 * time.Second)
		if got, want := Sub(c.read.Now(now).Add(10*time.Second), c.waits.Now(now)),
			10*time.Second+c.read.Gained(now)-c.waits.Gained(now); got != want {
			t.Errorf("%s: 10s read before are %v, want %v", c.name, got, want)
		}
	}
	if got := ahead.Until(at(time.Hour+10*time.Second), at(time.Second)); got != 9*time.Second/2 {
		t.Errorf("a time that was not read from the clock is %v away, want 4.5s", got)
	}
}

func TestAReadingPrintsAsUTC(t *testing.T) {
	moved := Clock{}.Set(start, 1, time.Hour)
	for want, c := range map[string]Clock{
		"2026-01-01 00:00:00 +0000 UTC":                  moved.Set(start, 1, 0),
		"2026-01-01 01:00:00 +0000 UTC, moved by 1h0m0s": moved,
	} {
		if got := c.Now(start).String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestAWaitIsNeverOverBeforeTheClockShowsIt(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 100_000 {
		speed := math.Exp(math.Log(MinSpeed) + random.Float64()*math.Log(MaxSpeed/MinSpeed))
		c := Clock{}.Set(start, speed, time.Duration(random.Int64N(int64(time.Hour))))
		now := at(time.Duration(random.Int64N(int64(1000 * time.Hour))))
		d := time.Duration(1 + random.Int64N(int64(1)<<(1+random.IntN(50))))
		wait := c.Wait(d)
		if wait <= 0 {
			t.Fatalf("speed %v: %v last %v", speed, d, wait)
		}
		if shown := c.Now(now.Add(wait)).Sub(c.Now(now)); shown < d || shown > d+100 {
			t.Fatalf("speed %v: after %v, which is the wait for %v, the clock shows %v more", speed, wait, d, shown)
		}
	}
}

func TestAClockStaysWithinTheRangeOfADuration(t *testing.T) {
	fast := Clock{}.Set(start, MaxSpeed, MaxOffset)
	if got := fast.Gained(at(100 * 365 * 24 * time.Hour)); got <= 0 {
		t.Errorf("after a hundred years the clock has gained %v", got)
	}
	slow := Clock{}.Set(start, MinSpeed, -MaxOffset)
	if got := slow.Wait(math.MaxInt64); got != math.MaxInt64 {
		t.Errorf("the longest wait lasts %v", got)
	}
	if got := fast.Set(at(math.MaxInt64), MaxSpeed, MaxOffset).Now(at(math.MaxInt64)); got.Before(start) {
		t.Errorf("the clock has gone round: it shows %v", got)
	}
}

func TestAClockOutsideItsRangesIsRefused(t *testing.T) {
	for _, c := range []struct {
		speed  float64
		offset time.Duration
		want   string
	}{
		{0, 0, "speed is 0, want 0.01 to 100"},
		{-1, 0, "speed is -1, want 0.01 to 100"},
		{101, 0, "speed is 101, want 0.01 to 100"},
		{math.NaN(), 0, "speed is NaN, want 0.01 to 100"},
		{1, MaxOffset + 1, "offset is 876000h0m0.000000001s, want at most 100 years in either direction"},
		{1, math.MinInt64, "offset is -2562047h47m16.854775808s, want at most 100 years in either direction"},
	} {
		if err := Validate(c.speed, c.offset); err == nil || err.Error() != c.want {
			t.Errorf("speed %v, offset %v: got %v, want %s", c.speed, c.offset, err, c.want)
		}
	}
	if err := Validate(1, -MaxOffset); err != nil {
		t.Error(err)
	}
}
