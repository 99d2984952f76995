package program

import (
	"testing"
	"time"
)

func TestATimeBefore1970IsNotOneFarAhead(t *testing.T) {
	for _, c := range []struct {
		shown time.Time
		want  uint64
	}{
		{time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC), 0},
		{time.Unix(0, 0), 0},
		{time.Unix(1, 5), 1_000_000_005},
	} {
		if got := sinceEpoch(c.shown); got != c.want {
			t.Errorf("%s is %d, want %d", c.shown, got, c.want)
		}
	}
}
