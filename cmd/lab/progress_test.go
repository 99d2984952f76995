package main

import (
	"bytes"
	"strings"
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
		{20 * time.Second, "  test_x 5/20, "},
	} {
		var told bytes.Buffer
		p := &printer{err: &told}
		p.progress(lab.Progress{ID: "test_x", Done: 5, Of: 20, Since: time.Now().Add(-c.since)})
		if begin, _, _ := strings.Cut(told.String(), "0."); begin != c.want { // the rate depends on when it is told
			t.Errorf("%s into the sweep it tells %q, want what begins with %q", c.since, told.String(), c.want)
		}
	}
}
