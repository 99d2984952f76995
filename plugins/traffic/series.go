package traffic

import (
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/measure"
	"github.com/netlab-dev/netlab/sdk/value"
)

// point is one piece of a series: the requests that were due in it.
type point struct {
	Start     time.Duration  `lab:"start,doc=a time of the run, as lab.now() returns it"`
	Requests  int            `lab:"requests,doc=requests that were due from this time until the next point"`
	Received  int            `lab:"received,doc=requests that got an answer in time"`
	Errors    int            `lab:"errors,doc=requests without an answer in time, or with a status of 400 or more"`
	PerSecond float64        `lab:"per_second,doc=requests without errors in each second"`
	P50       *time.Duration `lab:"p50,doc=latency of all these requests; None if there are none"`
	P90       *time.Duration `lab:"p90"`
	P99       *time.Duration `lab:"p99"`
	Max       *time.Duration `lab:"max"`
}

type seriesArgs struct {
	Every time.Duration `lab:"every,doc=the length of each piece"`
}

// maxPoints bounds a series.
const maxPoints = 10_000

// series cuts the drive into pieces of equal length, the last one as long as is left, by when requests were due.
func (d *driven) series(_ sdk.Env, args seriesArgs) ([]point, error) {
	r := d.recording
	length := r.whole()
	from, to, every := max(d.from, 0), min(d.to, length), min(args.Every, maxSchedule)
	if every <= 0 || (to-from-1)/every >= maxPoints {
		return nil, sdk.Misuse("series(every = 1*s) has a point for each second",
			fmt.Errorf("every is %s, want more than 0s and at most %d points in %s", value.FormatDuration(args.Every), maxPoints, value.FormatDuration(to-from)))
	}
	points := []point{}
	for at := from; at < to; at += every {
		points = append(points, r.point(d.began, at, min(at+every, to)))
	}
	return points, nil
}

// point sums up what was due from an instant until before another, since the drive began.
func (r *recording) point(began, at, end time.Duration) point {
	part := r.part(at, end)
	p := point{Start: began + at, Requests: len(part)}
	took := make([]time.Duration, len(part))
	for i := range part {
		took[i] = part[i].took
		p.Received += count(part[i].marks & received)
		if r.outcomes[part[i].outcome].failure != "" {
			p.Errors++
		}
	}
	p.PerSecond = float64(p.Requests-p.Errors) / (end - at).Seconds()
	if r.answered {
		l := latencyOf(took)
		p.P50, p.P90, p.P99, p.Max = l.P50, l.P90, l.P99, l.Max
	}
	return p
}

// drawnPieces is about how many pieces of a drive a picture shows.
const drawnPieces = 100

// Series is the drive in pieces of a round length, for pictures.
func (d *driven) Series() measure.Series {
	r := d.recording
	length := r.whole()
	s := measure.Series{Name: d.target, All: bucketOf(r.point(d.began, 0, length), length)}
	every := roundUp(length / drawnPieces)
	for at := time.Duration(0); at < length; at += every {
		end := min(at+every, length)
		s.Buckets = append(s.Buckets, bucketOf(r.point(d.began, at, end), end-at))
	}
	return s
}

// roundUp is the least of 1, 2 and 5 times a power of ten nanoseconds that is not below d.
func roundUp(d time.Duration) time.Duration {
	for power := time.Duration(1); ; power *= 10 {
		for _, digit := range []time.Duration{1, 2, 5} {
			if digit*power >= d {
				return digit * power
			}
		}
	}
}

func bucketOf(p point, length time.Duration) measure.Bucket {
	b := measure.Bucket{At: p.Start, For: length, Requests: p.Requests, Errors: p.Errors}
	if p.P50 != nil {
		b.P50, b.P99, b.Max = *p.P50, *p.P99, *p.Max
	}
	return b
}
