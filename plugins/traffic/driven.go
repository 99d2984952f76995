package traffic

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/value"
)

// driven is what a drive has found, in the hands of a script.
type driven struct {
	Requests   int            `lab:"requests,doc=requests that were due; each one is received or an error, and both if its status is 400 or more; with reply = False each one is sent or an error"`
	Sent       int            `lab:"sent,doc=requests that the client sent to the network"`
	Received   int            `lab:"received,doc=requests that got an answer in time, with any status; 0 with reply = False"`
	Duplicates int            `lab:"duplicates,doc=copies of answers that had come before"`
	Reordered  int            `lab:"reordered,doc=answers that came after the answer to a later request (udp)"`
	Corrupted  int            `lab:"corrupted,doc=answers that differ from what was sent (tcp and udp)"`
	Errors     int            `lab:"errors,doc=requests without an answer in time, or with a status of 400 or more"`
	Bytes      int            `lab:"bytes,doc=bytes of answers; with reply = False the bytes that were sent"`
	Latency    latency        `lab:"latency,doc=time from when a request was due to its answer, for all requests; a request that was given up or never sent counts with the time limit within"`
	LatencyOK  latency        `lab:"latency_ok,doc=latency of the requests without errors; it leaves out failed requests, which may be the slow ones"`
	ByBackend  map[string]int `lab:"by_backend,doc=answers with any status, by the node that X-Backend names"`
	ByStatus   map[int]int    `lab:"by_status,doc=answers by status over http: {200: 98, 503: 2}"`
	ByError    map[string]int `lab:"by_error,doc=errors by their reason; late means that no client was free in time, so the request was never sent"`

	target    string // what was driven; of a part of a drive ""
	recording *recording
	began     time.Duration // of the run, when the drive began
	from, to  time.Duration // the part that this is, since then
}

// latency sums up how long requests took. All are None when there was none, so that no bound holds by accident.
type latency struct {
	Mean *time.Duration `lab:"mean"`
	P50  *time.Duration `lab:"p50,doc=half of the requests took this time or less"`
	P90  *time.Duration `lab:"p90"`
	P99  *time.Duration `lab:"p99"`
	P999 *time.Duration `lab:"p999,doc=999 of 1000 requests took this time or less"`
	Max  *time.Duration `lab:"max"`
}

type betweenArgs struct {
	T1 time.Duration `lab:"t1,doc=a time of the run, as lab.now() returns it"`
	T2 time.Duration `lab:"t2,doc=a time of the run; requests that were due at this time are left out"`
}

// between is the part of the drive that was due within a time of the run. If the node's clock went at another speed
// meanwhile, so does this.
func (d *driven) between(_ sdk.Env, args betweenArgs) (*driven, error) {
	if args.T1 > args.T2 {
		return nil, sdk.Misuse("between(t1, t2) is for what was due from t1 until before t2",
			fmt.Errorf("t1 is %s, want at most t2, %s", value.FormatDuration(args.T1), value.FormatDuration(args.T2)))
	}
	return d.recording.between(d.began, args.T1-d.began, args.T2-d.began), nil
}

// all is the whole of a drive that began at that time of the run.
func (r *recording) all(began time.Duration) *driven {
	return r.between(began, math.MinInt64, math.MaxInt64)
}

func (r *recording) between(began, t1, t2 time.Duration) *driven {
	d := &driven{
		recording: r, began: began, from: t1, to: t2,
		ByBackend: map[string]int{}, ByStatus: map[int]int{}, ByError: map[string]int{},
	}
	within := func(times []time.Duration) (count int) {
		for _, at := range times {
			if t1 <= at && at < t2 {
				count++
			}
		}
		return count
	}
	byBackend, byOutcome := make([]int, len(r.backends)), make([]int, len(r.outcomes))
	part := r.part(t1, t2)
	took, good := make([]time.Duration, 0, len(part)), make([]time.Duration, 0, len(part))
	for i := range part {
		rec := &part[i]
		d.add(rec)
		byOutcome[rec.outcome]++
		took = append(took, rec.took)
		if rec.marks&received == 0 {
			continue
		}
		byBackend[rec.backend]++
		if r.outcomes[rec.outcome].failure == "" {
			good = append(good, rec.took)
		}
	}
	d.Corrupted, d.Duplicates = within(r.corrupted), within(r.copies)
	for i, count := range byBackend[1:] {
		add(d.ByBackend, r.backends[i+1], count)
	}
	d.split(r.outcomes, byOutcome)
	if r.answered {
		d.Latency = latencyOf(took)
		if d.LatencyOK = d.Latency; len(good) < len(took) {
			d.LatencyOK = latencyOf(good)
		}
	}
	return d
}

// add counts one request.
func (d *driven) add(rec *record) {
	d.Requests++
	d.Bytes += int(rec.bytes)
	d.Sent += count(rec.marks & sent)
	d.Received += count(rec.marks & received)
	d.Reordered += count(rec.marks & reordered)
}

func count(set marks) int {
	if set != 0 {
		return 1
	}
	return 0
}

// split sorts the outcomes into statuses and errors.
func (d *driven) split(outcomes []outcome, counts []int) {
	for i, o := range outcomes {
		if o.status > 0 {
			add(d.ByStatus, o.status, counts[i])
		}
		if o.failure != "" {
			add(d.ByError, o.failure, counts[i])
			d.Errors += counts[i]
		}
	}
}

// add leaves out what has not happened.
func add[K comparable](counts map[K]int, key K, count int) {
	if count > 0 {
		counts[key] += count
	}
}

// latencyOf sums up latencies, which it sorts. The quantiles are exact, by nearest rank: in virtual time a bound such
// as p99 <= 50ms may be met to the nanosecond, which the buckets of a histogram would round away.
func latencyOf(took []time.Duration) latency {
	if len(took) == 0 {
		return latency{}
	}
	slices.Sort(took)
	sum := 0.0
	for _, t := range took {
		sum += float64(t)
	}
	rank := func(per1000 int) *time.Duration {
		value := took[(len(took)*per1000+999)/1000-1]
		return &value
	}
	mean := time.Duration(math.Round(sum / float64(len(took))))
	return latency{
		Mean: &mean, P50: rank(500), P90: rank(900), P99: rank(990), P999: rank(999), Max: rank(1000),
	}
}
