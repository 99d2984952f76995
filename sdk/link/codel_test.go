package link

import (
	"testing"
	"time"
)

func TestACodelReadsAsItIsWritten(t *testing.T) {
	for want, c := range map[string]Codel{
		"codel(5ms, 1MiB)":   DefaultCodel,
		"codel(100us, 3KiB)": {100 * time.Microsecond, 3 << 10},
		"codel(1.5s, 1500)":  {1500 * ms, 1500},
	} {
		if c.String() != want {
			t.Errorf("got %v, want %s", c, want)
		}
	}
}

func TestACodelOutsideItsRangesIsRefused(t *testing.T) {
	for _, c := range []struct {
		profile Profile
		want    string
	}{
		{Profile{Codel: Codel{Limit: 1 << 20}}, "codel(0s, 1MiB): target is 0s, want more than 0s"},
		{Profile{Codel: Codel{-ms, 1}}, "codel(-1ms, 1): target is -1ms, want more than 0s"},
		{Profile{Codel: Codel{Target: ms}}, "codel(1ms, 0): limit is 0 bytes, want more than 0"},
		{Profile{Queue: 7, Codel: DefaultCodel}, "queue is both 7 bytes and codel(5ms, 1MiB), want one of them"},
	} {
		if err := c.profile.Validate(); err == nil || err.Error() != c.want {
			t.Errorf("%+v: got %v, want %s", c.profile, err, c.want)
		}
	}
}
