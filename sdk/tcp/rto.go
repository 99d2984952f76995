package tcp

import "time"

const (
	firstRTO   = time.Second       // without a sample (RFC 6298 section 2.1)
	maxRTO     = 120 * time.Second // as Linux
	maxBackoff = 16                // doublings, which exceed maxRTO by far
)

// estimator is the round trip as the sender knows it (RFC 6298 section 2.3).
type estimator struct {
	floor    time.Duration // of the part that stands for variance
	smoothed time.Duration // 0 before the first sample
	variance time.Duration
	least    time.Duration // since the last timeout; 0 is unknown
	backoff  uint8         // doublings of the timeout
}

func (e *estimator) sample(d time.Duration) {
	d = max(d, 1)
	if e.least == 0 || d < e.least {
		e.least = d
	}
	if e.smoothed == 0 {
		e.smoothed, e.variance = d, d/2
		return
	}
	off := max(e.smoothed-d, d-e.smoothed)
	e.variance += (off - e.variance) / 4
	e.smoothed += (d - e.smoothed) / 8
}

// timeout is the retransmission timeout. As Linux, the floor is of the variance's part, not of the sum.
func (e *estimator) timeout() time.Duration {
	d := firstRTO
	if e.smoothed > 0 {
		d = e.smoothed + max(e.floor, 4*e.variance)
	}
	return min(d<<e.backoff, maxRTO)
}

// fail doubles the timeout (RFC 6298 section 5.5).
func (e *estimator) fail() { e.backoff = min(e.backoff+1, maxBackoff) }
