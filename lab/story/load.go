package story

import (
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
)

// latencies are the names of values that tell how long requests took.
var latencies = []string{"mean", "p50", "p90", "p99", "p999", "max"}

// slow tells whether a check is about how long requests took.
func slow(c *result.Check) bool {
	return slices.ContainsFunc(c.Parts, func(p result.Part) bool {
		return !p.Beside && slices.Contains(latencies, p.Text[strings.LastIndex(p.Text, ".")+1:])
	})
}

// load are the ends of a check of measured requests: of their times the slowest request, and what was answered to it. Of
// anything else there are none: all of the requests have led to the number.
func (f *Focus) load(c *result.Check, of result.Call) (ids []uint64) {
	f.Load = &of
	f.Until, f.What = min(of.Until, f.At), Load
	if !slow(c) {
		return nil
	}
	asked, answered := f.slowest(of)
	if asked.Packet == nil {
		return nil
	}
	if answered.Packet == nil {
		f.Until, f.What = asked.Sent, Unanswered
		return append(f.carried(of.Node, f.At, func(p *result.Packet) bool { return p.Conn == asked.Conn }), asked.ID())
	}
	f.Until, f.What = arrival(answered, f.At), Slowest
	return []uint64{asked.ID(), answered.ID()}
}

// sure is which part of the longest time that was measured a request must have taken to be the slowest one: a load also counts
// the time before a request is sent.
const sure = 0.8

// slowest is the request of a load to which the first bytes of an answer came last, or the first one that got none for as
// long; none if the story does not have it.
func (f *Focus) slowest(of result.Call) (asked, answered Row) {
	belongs := f.led(result.Call{Node: of.Node, Number: beginning(of)})
	switch {
	case f.causes || of.Object > 0:
	case f.busy(of, of.From, of.Until):
		return asked, answered
	default:
		belongs = func(*result.Packet) bool { return true }
	}
	longest, open := time.Duration(0), map[uint64]Row{}
	for _, row := range f.rows {
		p := row.Packet
		if p == nil || p.Conn == 0 || p.Kind != "syn" && p.Kind != "data" || !belongs(p) {
			continue
		}
		begun, asking := open[p.Conn]
		switch {
		case p.From == of.Node && !asking && of.From <= p.Sent && p.Sent <= of.Until && (p.Size > 0 || p.Kind == "syn"):
			open[p.Conn] = row
		case p.To == of.Node && asking && p.Size > 0 && len(p.Arrives) > 0:
			delete(open, p.Conn)
			if took := p.Arrives[0] - begun.Sent; p.Arrives[0] <= f.At && took > longest {
				longest, asked, answered = took, begun, row
			}
		}
	}
	worst := time.Duration(sure * float64(f.worst(of)))
	if longest >= worst {
		return asked, answered
	}
	for _, row := range f.rows {
		if p := row.Packet; p != nil && p.Conn > 0 && open[p.Conn].Packet == p && f.At-p.Sent >= worst {
			return row, Row{}
		}
	}
	return Row{}, Row{}
}

// beginning is the number of the call that has begun a load, which is not the one that has returned it if that is a method
// of an object; 0 is unknown.
func beginning(of result.Call) uint64 {
	if of.Object > 0 {
		return of.Maker
	}
	return of.Number
}

// worst is the longest time that the load has measured.
func (f *Focus) worst(of result.Call) time.Duration {
	for _, s := range f.series {
		if s.Node == of.Node && s.All.At == of.From {
			return s.All.Max
		}
	}
	return 1 << 62 // none is known to be that long
}
