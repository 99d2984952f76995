package main

import (
	"bytes"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab"
)

// Where nothing watches, a line of progress comes after ten seconds of the sweep. A build before it does not count.
func TestTheFirstLineOfProgressIsTenSecondsIntoTheSweep(t *testing.T) {
	for _, c := range []struct {
		since time.Duration
		want  string
	}{
		{0, ""},
		{20 * time.Second, "  test_x 5/20, 0.2/s, 1m left\n"},
	} {
		var told bytes.Buffer
		p := &printer{err: &told}
		p.progress(lab.Progress{ID: "test_x", Done: 5, Of: 20, Since: time.Now().Add(-c.since)})
		if told.String() != c.want {
			t.Errorf("%s into the sweep it tells %q, want %q", c.since, told.String(), c.want)
		}
	}
}
