package star

import (
	"time"

	"github.com/netlab-dev/netlab/sdk/value"
)

// Short writes a duration for orientation, as in the margin of a report: with four digits or to the millisecond,
// whichever is more. What a script sees of a duration is exact.
func Short(d time.Duration) string {
	step := time.Duration(1)
	for size := d.Abs(); size >= 10000*step && step < time.Millisecond; {
		step *= 10
	}
	return value.FormatDuration(d.Round(step))
}
