package script

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/judge"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// What is kept of a run for pictures: so many series, buckets of each, and the beginning of a long name.
const (
	mostSeries    = 100
	mostBuckets   = 200
	maxSeriesName = 200
)

// draw adds to a story what pictures show beside events and packets.
func (r *run) draw(s *result.Story) {
	lanes, missing := r.engine.Lanes()
	s.Lanes, s.Missing = lanesOf(lanes, s.Nodes), append(s.Missing, missing...)
	s.Series, s.History = r.series, r.violated
}

// lanesOf are the lanes in the order of the nodes.
func lanesOf(list []trace.Lane, nodes []string) []result.Lane {
	slices.SortStableFunc(list, func(a, b trace.Lane) int {
		return cmp.Compare(slices.Index(nodes, a.Node), slices.Index(nodes, b.Node))
	})
	lanes := make([]result.Lane, len(list))
	for i, l := range list {
		lanes[i] = result.Lane{Node: l.Node, Name: l.Name, Of: l.Of, Points: make([]result.Point, len(l.Points))}
		for j, p := range l.Points {
			lanes[i].Points[j] = pointOf(p)
		}
	}
	return lanes
}

func pointOf(p trace.LanePoint) result.Point {
	told := result.Point{At: p.At}
	switch v := p.Value.(type) {
	case string:
		told.Value = v
		return told
	case int64:
		told.Num = new(float64(v))
	case float64:
		if !math.IsNaN(v) && !math.IsInf(v, 0) { // which JSON does not have
			told.Num = new(v)
		}
	case time.Duration:
		told.Num = new(v.Seconds())
	}
	told.Value = show(star.FromValue(p.Value, referenceText))
	return told
}

// measured keeps the series of a reply of a node.
func (r *run) measured(n *node, call *engine.Call, reply *engine.Reply) {
	fields, ok := reply.Series.(value.Fields)
	if !ok || len(r.series) == mostSeries {
		return
	}
	name, _ := fields.Get("name").(string)
	list, _ := fields.Get("buckets").([]any)
	s := result.Series{Name: n.name + ": " + trouble.Clip(cmp.Or(name, call.Method), maxSeriesName), Node: n.name, All: bucketOf(fields.Get("all"))}
	for _, b := range list[:min(len(list), mostBuckets)] {
		s.Buckets = append(s.Buckets, bucketOf(b))
	}
	r.series = append(r.series, s)
}

// bucketOf reads a measure.Bucket. What is missing is 0.
func bucketOf(v any) result.Bucket {
	fields, _ := v.(value.Fields)
	duration := func(name string) time.Duration {
		d, _ := fields.Get(name).(time.Duration)
		return d
	}
	count := func(name string) int {
		n, _ := fields.Get(name).(int64)
		return int(n)
	}
	return result.Bucket{
		At: duration("at"), For: duration("for"), Requests: count("requests"), Errors: count("errors"),
		P50: duration("p50"), P99: duration("p99"), Max: duration("max"),
	}
}

// mostOperations is how many operations around a contradiction a picture shows.
const mostOperations = 200

// contradicted keeps the operations of that key around those that contradict each other.
func (r *run) contradicted(ops []judge.Op, v judge.Verdict) {
	h := &result.History{Reason: v.Reason}
	from, to := v.Ops[0].Started, time.Duration(0)
	for i := range v.Ops {
		if to = max(to, v.Ops[i].Started); v.Ops[i].Outcome == judge.OK {
			to = max(to, v.Ops[i].Ended)
		}
	}
	around := max((to-from)/2, time.Millisecond)
	slices.SortStableFunc(ops, func(a, b judge.Op) int { return cmp.Compare(a.Begun, b.Begun) })
	left := mostOperations
	key, keyed := v.Ops[0].Args.Lookup("key")
	for i := range ops {
		if other, _ := ops[i].Args.Lookup("key"); keyed && !value.Equal(other, key) {
			continue // keys are judged apart
		}
		told := r.operationOf(&ops[i])
		told.Bad = slices.ContainsFunc(v.Ops, func(o judge.Op) bool { return o.Begun == ops[i].Begun })
		if told.Bad || told.To >= from-around && told.From <= to+around && left > 0 {
			h.Operations = append(h.Operations, told)
			left--
		}
	}
	r.violated = h
}

func (r *run) operationOf(o *judge.Op) result.Operation {
	told := result.Operation{Client: o.Who(), Text: o.Text(), From: o.Started, To: o.Ended, Status: o.Outcome.String()}
	if o.Outcome != judge.OK && o.Ended < o.Started || o.Outcome == judge.Unknown {
		told.To = r.now()
	}
	return told
}
