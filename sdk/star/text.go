package star

import (
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// Short writes a duration in the notation of package wire, with at most four digits: 12.35ms, 90s.
func Short(d time.Duration) string { return wire.FormatDuration(rounded(d)) }

// rounded keeps the first four digits.
func rounded(d time.Duration) time.Duration {
	step := time.Duration(1)
	for size := d.Abs(); size >= 10000*step && step < time.Hour; {
		step *= 10
	}
	return d.Round(step)
}

// shortDraw writes a draw as a script would, its durations short: uniform(150ms, 300ms).
func shortDraw(d link.Draw) string {
	d.A, d.B = rounded(d.A), rounded(d.B)
	return wire.FormatDraw(d)
}
