package plot

import (
	"math"
	"strconv"
	"time"

	"github.com/netlab-dev/netlab/sdk/value"
)

// scale maps values between low and high to pixels.
type scale struct {
	low, high float64
	from, to  float64 // pixels
	log       bool    // low is above 0 then
}

// at is where a value lies. What is beyond an end lies at the end; what is no number lies at the beginning.
func (s scale) at(v float64) float64 { return s.from + s.part(v)*(s.to-s.from) }

func (s scale) part(v float64) float64 {
	part := (v - s.low) / (s.high - s.low)
	if s.log {
		part = math.Log(max(v, s.low)/s.low) / math.Log(s.high/s.low)
	}
	if math.IsNaN(part) {
		return 0
	}
	return min(max(part, 0), 1)
}

// tick is a value on an axis and its text.
type tick struct {
	at   float64
	text string
}

// multiples are those of a step within a scale.
func (s scale) multiples(step float64, text func(float64) string) []tick {
	var ticks []tick
	for i := math.Ceil(s.low / step); i*step <= s.high && len(ticks) < 100; i++ {
		ticks = append(ticks, tick{i * step, text(i * step)})
	}
	return ticks
}

// counts are the round whole numbers of a scale, at most so many and one.
func (s scale) counts(most int) []tick {
	return s.multiples(max(1, round125((s.high-s.low)/float64(most))), number)
}

// round125 is the least of 1, 2 and 5 times a power of ten that is not below v.
func round125(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, digit := range []float64{1, 2, 5} {
		if digit*power >= v {
			return digit * power
		}
	}
	return 10 * power
}

// number writes a number in few characters: 950, 12.5k, 3M.
func number(v float64) string {
	for _, unit := range []struct {
		from, size float64
		name       string
	}{{1e12, 1e12, "T"}, {1e9, 1e9, "G"}, {1e6, 1e6, "M"}, {1e4, 1e3, "k"}} {
		if math.Abs(v) >= unit.from {
			return strconv.FormatFloat(v/unit.size, 'g', 4, 64) + unit.name
		}
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// percent writes a part of one.
func percent(v float64) string { return strconv.FormatFloat(100*v, 'g', 3, 64) + " %" }

// long are the steps of an axis of time from 10 s on, where people count in 60 and 24.
var long = []time.Duration{
	10 * time.Second, 15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute,
	15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour,
}

// times are the round instants of a scale of nanoseconds, at most so many and one.
func (s scale) times(most int) []tick {
	step := max(1, round125((s.high-s.low)/float64(most)))
	if step >= float64(10*time.Second) {
		step = roundTime((s.high - s.low) / float64(most))
	}
	return s.multiples(step, span)
}

func roundTime(v float64) float64 {
	for _, step := range long {
		if float64(step) >= v {
			return float64(step)
		}
	}
	const day = float64(24 * time.Hour)
	return day * round125(v/day)
}

// decades are round durations of a logarithmic scale: 1, 2 and 5 of each, or fewer where they would be too many.
func (s scale) decades(most int) []tick {
	for _, digits := range [][]float64{{1, 2, 5}, {1, 3}, {1}} {
		var ticks []tick
		for power := 1.0; power <= s.high; power *= 10 {
			for _, digit := range digits {
				if v := digit * power; v >= s.low && v <= s.high {
					ticks = append(ticks, tick{v, span(v)})
				}
			}
		}
		if len(ticks) <= most {
			return ticks
		}
	}
	return s.multiples(s.high, span)
}

// span writes nanoseconds as a duration: 20us, 1.5ms, 1m30s.
func span(ns float64) string { return value.FormatDuration(time.Duration(min(ns, math.MaxInt64/2))) }

// brief writes a measured duration with three digits.
func brief(d time.Duration) string {
	if d <= 0 {
		return value.FormatDuration(d)
	}
	unit := time.Duration(math.Pow(10, math.Floor(math.Log10(float64(d)))-2))
	return value.FormatDuration(d.Round(max(unit, 1)))
}
