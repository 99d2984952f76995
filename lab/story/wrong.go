package story

import (
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
)

// counts tells whether a check is about errors that a client has counted: one of its values is of that name, and is
// not empty; or it has received less than it has asked for.
func counts(c *result.Check) bool {
	return lacks(c) || slices.ContainsFunc(c.Parts, func(p result.Part) bool {
		name := p.Text[strings.LastIndex(p.Text, ".")+1:]
		return !p.Beside && (name == "errors" || name == "by_error") && !slices.Contains([]string{"0", "{}", "[]", "None", "False"}, p.Value)
	})
}

// lacks tells whether the check has a number of answers and another one of requests.
func lacks(c *result.Check) bool {
	answers, requests := "", ""
	for _, p := range c.Parts {
		if p.Beside {
			continue
		}
		switch p.Text[strings.LastIndex(p.Text, ".")+1:] {
		case "received":
			answers = p.Value
		case "requests":
			requests = p.Value
		}
	}
	return answers != "" && requests != "" && answers != requests
}

// Bounds of the search for what went wrong: rows are many, and chains of causes long.
const (
	mostFailed = 1000 // that are looked at, the last ones
	mostSteps  = 1000 // of a chain, and rows between a failure and its reply
)

// wrong is the last thing that went wrong on the way of the check's nodes, and what reached them of it. These nodes are
// clients: the request that failed is what the failure is about, not the last one that was answered.
func (f *Focus) wrong(loads []result.Call) (ids []uint64) {
	looked, of := 0, f.of(loads)
	for i := len(f.rows) - 1; i >= 0 && looked < mostFailed; i-- {
		row := f.rows[i]
		if row.Time() > f.Until || !row.failed() {
			continue
		}
		if looked++; !of(row) || !f.concerns(row) {
			continue
		}
		ids, end := []uint64{row.ID()}, row.Time()
		if reply, ok := f.reply(row, i); ok {
			ids, end = append(ids, reply.ID()), max(end, arrival(reply, f.Until))
		}
		f.Until, f.What = end, Error
		return ids
	}
	return nil
}

// of tells whether a row may belong to one of the loads that the check is about; any row if it is about none.
func (f *Focus) of(loads []result.Call) func(Row) bool {
	if len(loads) == 0 {
		return func(Row) bool { return true }
	}
	own, conns := map[uint64]bool{}, map[uint64]bool{}
	for _, c := range loads {
		own[c.Number], own[beginning(c)] = true, beginning(c) > 0
	}
	for _, row := range f.rows {
		p := row.Packet
		if own[row.ID()] || own[row.Why().Cause] || p != nil && conns[p.Conn] {
			if own[row.ID()] = true; p != nil {
				conns[p.Conn] = p.Conn > 0
			}
		}
	}
	end := f.At
	if !f.causes {
		end = f.over(loads[len(loads)-1])
	}
	return func(row Row) bool {
		return loads[0].From <= row.Time() && row.Time() <= end && (!f.causes || own[row.ID()])
	}
}

// over is when the call that has measured a load was answered: its method is not called again before.
func (f *Focus) over(c result.Call) time.Duration {
	call, known := f.Row(beginning(c))
	if known && call.Moment != nil {
		for _, row := range f.rows {
			if row.isCall("answered", c.Node) && row.At >= call.At && row.field("method") == call.field("method") {
				return row.At
			}
		}
	}
	return f.At
}

// failed tells whether the row says that something went wrong between two nodes.
func (r Row) failed() bool {
	if r.Packet != nil {
		return r.Kind == "reset" || r.Lost != ""
	}
	return r.Class == "conn" && (slices.Contains([]string{"refused", "reset"}, r.Name) ||
		slices.ContainsFunc(r.Moment.Fields, func(p result.Part) bool { return p.Text == "error" && p.Value != "None" }))
}

// concerns tells whether a row, or something that it followed from, is of the nodes of the check.
func (f *Focus) concerns(row Row) bool {
	for step, ok := 0, true; ok && step < mostSteps; step++ {
		if slices.ContainsFunc(row.Nodes(), func(node string) bool { return slices.Contains(f.Nodes, node) }) {
			return true
		}
		row, ok = f.Row(row.Why().Cause)
	}
	return false
}

// reply is what followed from the row and reached a node of the check: as a rule an answer with the status 502.
func (f *Focus) reply(from Row, at int) (Row, bool) {
	follows := map[uint64]bool{from.ID(): true}
	if from.Moment != nil && from.Why().Cause != 0 {
		follows[from.Why().Cause] = true // a connection was refused, and the packet that said so has the reply for its effect
	}
	for _, row := range f.rows[at+1 : min(at+mostSteps, len(f.rows))] {
		if row.Why().Timer || !follows[row.Why().Cause] {
			continue
		}
		if follows[row.ID()] = true; slices.Contains(f.Nodes, row.end()) && row.Time() <= f.Until {
			return row, true
		}
	}
	return Row{}, false
}
