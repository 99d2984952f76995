package balancer

import (
	"fmt"
	"math"
	"sync"
	"time"
)

// ejection is passive health checking, by Envoy's rules for outlier detection: a backend whose answers say that it is
// not well gets nothing for a while, longer each time. It is told by what requests meet, not by checks.
type ejection struct {
	failures   int           // in a row eject a backend; 0 never
	deviations float64       // below the mean success rate eject a backend; 0 never
	interval   time.Duration // between two comparisons of success rates
	base       time.Duration // of an ejection, times how often there was one
	share      float64       // of the backends that may be ejected at once; one may always be
}

const (
	// Envoy's success_rate_minimum_hosts and success_rate_request_volume: fewer say too little about what is usual.
	ratedBackends = 5
	ratedAttempts = 100
	// longestEjection is Envoy's max_ejection_time.
	longestEjection = 300 * time.Second
)

func (e ejection) on() bool { return e.failures > 0 || e.deviations > 0 }

// span is how long a backend is ejected that was ejected so many times before.
func (e ejection) span(before int) time.Duration {
	return min(time.Duration(before+1)*e.base, max(longestEjection, e.base))
}

// fits reports whether another one of so many backends may be ejected.
func (e ejection) fits(ejected, backends int) bool {
	return ejected == 0 || float64(ejected+1) <= e.share*float64(backends)
}

// lowest is the success rate below which a backend is an outlier, and what the mean is: the mean less so many standard
// deviations. With too few backends it is below 0.
func (e ejection) lowest(rates []float64) (lowest, mean float64) {
	if e.deviations <= 0 || len(rates) < ratedBackends {
		return -1, 0
	}
	for _, r := range rates {
		mean += r / float64(len(rates))
	}
	variance := 0.0
	for _, r := range rates {
		variance += (r - mean) * (r - mean) / float64(len(rates))
	}
	return mean - e.deviations*math.Sqrt(variance), mean
}

// outcomes is how a backend's attempts have ended. Safe for concurrent use.
type outcomes struct {
	mu           sync.Mutex
	streak       int // of failures
	good, counts int // since rates were compared
}

// count takes note of an attempt, and returns how many in a row have failed by now.
func (c *outcomes) count(ok bool) (streak int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts++
	if ok {
		c.good++
		c.streak = 0
	} else {
		c.streak++
	}
	return c.streak
}

// rate returns the share of attempts that were good, and begins anew. There must have been enough of them.
func (c *outcomes) rate() (rate float64, enough bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	rate, enough = float64(c.good)/float64(c.counts), c.counts >= ratedAttempts
	c.good, c.counts = 0, 0
	return rate, enough
}

// forget lets the backend begin anew.
func (c *outcomes) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.streak, c.good, c.counts = 0, 0, 0
}

func inARow(n int) string { return fmt.Sprintf("%d failures in a row", n) }

func below(rate, mean float64) string {
	return fmt.Sprintf("success rate %.3f, mean %.3f", rate, mean)
}
