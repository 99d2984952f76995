package traffic

import (
	"fmt"
	"math"
	"time"

	"github.com/netlab-dev/netlab/sdk/value"
)

// stage is a part of an open loop in which the requests due in a second go from one number to another, evenly.
type stage struct {
	during   time.Duration
	from, to float64
}

// stages are those of an open loop, one after the other.
type stages []stage

const maxStages = 1000

// stagesOf reads the parameter: a list of (duration, per_second), of which each begins with the number that the one
// before has reached (as k6's ramping arrival rate), and the first with the one given.
func stagesOf(given any, from float64) (stages, error) {
	list, ok := given.([]any)
	if !ok {
		return nil, fmt.Errorf("stages: got %s, want a list of (duration, per_second)", value.Format(given))
	}
	if len(list) == 0 || len(list) > maxStages {
		return nil, fmt.Errorf("stages: got %d of them, want 1 to %d", len(list), maxStages)
	}
	all := make(stages, len(list))
	for i, item := range list {
		pair, _ := item.([]any)
		if len(pair) != 2 {
			return nil, fmt.Errorf("stages: item %d is %s, want (duration, per_second)", i, value.Format(item))
		}
		during, isDuration := pair[0].(time.Duration)
		to, isNumber := floatOf(pair[1])
		switch {
		case !isDuration || during < 0 || during > maxSchedule:
			return nil, fmt.Errorf("stages: item %d lasts %s, want a duration from 0s to %s", i, value.Format(pair[0]), value.FormatDuration(maxSchedule))
		case !isNumber || !(to >= 0) || math.IsInf(to, 1):
			return nil, fmt.Errorf("stages: item %d has per_second %s, want a number from 0", i, value.Format(pair[1]))
		}
		all[i] = stage{during, from, to}
		from = to
	}
	if all.during() > maxSchedule {
		return nil, fmt.Errorf("stages: they last %s, want at most %s", value.FormatDuration(all.during()), value.FormatDuration(maxSchedule))
	}
	if all.requests() == 0 {
		return nil, fmt.Errorf("stages: %s make no request", value.Format(given))
	}
	return all, nil
}

func floatOf(v any) (float64, bool) {
	switch v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// requests is how many are due in the stage.
func (s stage) requests() float64 { return (s.from + s.to) / 2 * s.during.Seconds() }

// due is when so many requests are due, since the stage began: the root of from*t + (to-from)/during * t*t/2.
func (s stage) due(requests float64) time.Duration {
	if requests <= 0 {
		return 0
	}
	slope := (s.to - s.from) / s.during.Seconds()
	root := math.Sqrt(max(0, s.from*s.from+2*slope*requests))
	return time.Duration(math.Round(2 * requests / (s.from + root) * float64(time.Second)))
}

func (all stages) during() (sum time.Duration) {
	for _, s := range all {
		if sum += s.during; sum > maxSchedule {
			return sum // far from what a duration cannot hold
		}
	}
	return sum
}

func (all stages) requests() (sum float64) {
	for _, s := range all {
		sum += s.requests()
	}
	return sum
}

// schedule is when requests are due. step says how far on the next one is, in requests: always 1 of even arrivals. What is
// due at the end of a stage belongs to the next one. So the times decide and not the counts, which are rounded: the rest of
// many short stages adds up.
func (all stages) schedule(first float64, step func() float64) (records []record) {
	began := time.Duration(0)
	next := first // since the stage began, in requests
	for _, s := range all {
		requests := s.requests()
		for ; next < requests && len(records) < maxRecords; next += step() {
			at := s.due(next)
			if at >= s.during {
				break
			}
			records = append(records, record{start: began + at})
		}
		began, next = began+s.during, next-requests
	}
	return records
}
