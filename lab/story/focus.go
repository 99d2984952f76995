package story

import (
	"cmp"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
)

// Focus is what the failure of a run is about.
type Focus struct {
	At      time.Duration // when the check failed, or when the run ended
	Until   time.Duration // what the failure is about ended then: see What
	What    What
	Nodes   []string // that the check speaks of; all nodes of the story if it names none
	Ends    []uint64 // numbers of the last things that happened to those nodes, where the causes are followed from
	Causes  map[uint64]bool
	Unknown bool         // the packets of a call whose answer the check judges cannot be told from others
	Load    *result.Call // that has measured what the check judges, if it is no network error

	about  []result.Event  // that the check names
	calls  []result.Call   // whose answers the check judges
	series []result.Series // of loads
	causes bool            // the story has them
	rows   []Row           // all of the story
	at     map[uint64]int
}

// What says what was at Focus.Until.
type What int

// The failure itself; else something before it that the check is about.
const (
	Failure    What = iota
	Event           // the last one that the check names
	Error           // the last network error that its nodes met: the check is about errors of clients, and Ends are this one
	Call            // the end of the last call whose answer it judges
	Slowest         // the first answer to the slowest request of a load
	Unanswered      // the beginning of a request of a load that got no answer
	Load            // when the last request of a load was due
)

// ends bounds how many moments of a node the causes are followed from.
const ends = 4

// Of finds what the failure of a run is about: the nodes of its check, or those that are named. A run that has passed has
// the same with its end in place of a check; a run without a story has no rows.
func Of(r *result.Run, nodes ...string) *Focus {
	f := &Focus{At: r.At, Until: r.At, Causes: map[uint64]bool{}, at: map[uint64]int{}}
	f.aim(r)
	if len(nodes) > 0 {
		f.Nodes = nodes
	}
	if r.Story == nil {
		return f
	}
	aimed := len(f.Nodes) > 0
	if !aimed {
		f.Nodes = r.Story.Nodes
	}
	f.rows, f.series, f.causes = Rows(r.Story), r.Story.Series, r.Story.Causes
	for i, row := range f.rows {
		f.at[row.ID()] = i
	}
	if r.Outcome == result.Passed {
		return f
	}
	f.end(r, aimed)
	for _, id := range f.Ends {
		f.follow(id)
	}
	f.attempts()
	return f
}

// end finds where the causes are followed from.
func (f *Focus) end(r *result.Run, aimed bool) {
	f.Ends = f.named()
	var check *result.Check
	if n := len(r.Checks); n > 0 {
		check = &r.Checks[n-1]
	}
	loads := slices.DeleteFunc(slices.Clone(f.calls), func(c result.Call) bool { return !c.Load })
	if check != nil && len(f.Ends) == 0 && counts(check) {
		f.Ends = f.wrong(loads)
	}
	switch {
	case len(f.Ends) > 0:
	case len(loads) > 0:
		f.Ends = f.load(check, loads[len(loads)-1])
	case len(f.calls) > 0:
		f.Ends = f.talks(check.Nodes)
	case aimed:
		f.Ends = f.last(f.Nodes, f.Until)
	default:
		f.Ends = f.heard()
	}
}

// follow marks the row of that number and all that it followed from.
func (f *Focus) follow(id uint64) {
	for row, ok := f.Row(id); ok && !f.Causes[row.ID()]; row, ok = f.Row(row.Why().Cause) {
		f.Causes[row.ID()] = true
	}
}

// aim takes time and nodes from the check that ended the run, or from the node that failed.
func (f *Focus) aim(r *result.Run) {
	switch {
	case len(r.Checks) > 0:
		c := &r.Checks[len(r.Checks)-1]
		f.At, f.Until, f.Nodes, f.about, f.calls = c.At, c.At, c.Nodes, c.About, c.Calls
		if n := len(c.About); n > 0 {
			f.What = Event
			f.Until = slices.MaxFunc(c.About, func(a, b result.Event) int { return cmp.Compare(a.At, b.At) }).At
		}
	case r.Node != nil:
		f.At, f.Until, f.Nodes = r.Node.At, r.Node.At, []string{r.Node.Name}
	}
}

// named are the events that the check names.
func (f *Focus) named() (ids []uint64) {
	for _, row := range f.rows {
		if row.Moment != nil && slices.ContainsFunc(f.about, func(e result.Event) bool {
			return e.At == row.At && e.Node == row.Node && e.Name == row.Name
		}) {
			ids = append(ids, row.ID())
		}
	}
	return ids
}

// heard is the answer that the script got at the instant of the failure, if any: where no node is named, nothing else is known
// to lead to it.
func (f *Focus) heard() (ids []uint64) {
	for _, row := range f.rows {
		if row.Moment != nil && row.Class == "call" && row.Name == "answered" && row.At == f.At {
			ids = []uint64{row.ID()}
		}
	}
	return ids
}

// last are, of each node, the latest moments, one of each name, and the packet that reached it last: what the node was
// when the check looked at it. Acknowledgements and ends of connections in good order do not count: they tell a component
// nothing. Of a reset what it has cut off counts, too: the last data of its connection.
func (f *Focus) last(nodes []string, until time.Duration) (ids []uint64) {
	names, arrived := map[string][]string{}, map[string]Row{}
	for _, node := range nodes {
		names[node] = []string{}
	}
	for i := len(f.rows) - 1; i >= 0; i-- {
		row := f.rows[i]
		switch known, ours := names[row.end()]; {
		case row.Time() > until || !ours || row.idle():
		case row.Moment == nil && arrival(row, until) > arrival(arrived[row.To], until):
			arrived[row.To] = row
		case row.Moment != nil && len(known) < ends && !slices.Contains(known, row.Name):
			names[row.Node], ids = append(known, row.Name), append(ids, row.ID())
		}
	}
	for _, node := range nodes {
		if row, ok := arrived[node]; ok {
			ids = append(ids, row.ID())
			ids = append(ids, f.cutOff(row)...)
		}
	}
	return ids
}

// idle tells whether the row says nothing of what its node has done or learnt.
func (r Row) idle() bool {
	if r.Packet != nil {
		return r.Kind == "ack"
	}
	return r.Class == "conn" && !r.failed()
}

// cutOff is the data that a reset ends the way of: what the connection has last carried to the same node.
func (f *Focus) cutOff(reset Row) (ids []uint64) {
	if reset.Kind != "reset" {
		return nil
	}
	for i := f.at[reset.ID()] - 1; i >= 0; i-- {
		if p := f.rows[i].Packet; p != nil && p.Conn == reset.Conn && p.To == reset.To && p.Kind == "data" {
			return []uint64{p.Number}
		}
	}
	return nil
}

// end is the node where the row has its effect.
func (r Row) end() string {
	if r.Packet != nil {
		return r.To
	}
	return r.Node
}

// arrival is when a packet has last arrived until then; -1 for never.
func arrival(r Row, until time.Duration) time.Duration {
	last := time.Duration(-1)
	if r.Packet == nil {
		return last
	}
	for _, t := range r.Arrives {
		if t <= until {
			last = max(last, t)
		}
	}
	return last
}

// Row is the row of that number; false if the story does not have it.
func (f *Focus) Row(id uint64) (Row, bool) {
	i, ok := f.at[id]
	if !ok {
		return Row{}, false
	}
	return f.rows[i], true
}

// Chain is the row of that number, what it followed from, and so on to the script or to where the story begins.
func (f *Focus) Chain(id uint64) (chain []Row) {
	seen := map[uint64]bool{} // a file may hold a circle
	for row, ok := f.Row(id); ok && !seen[row.ID()]; row, ok = f.Row(row.Why().Cause) {
		seen[row.ID()] = true
		chain = append(chain, row)
	}
	return chain
}

// All are the rows of the story, in order of time.
func (f *Focus) All() []Row { return f.rows }

// Before are the last rows up to the failure that matter, at most so many, in order of time: its causes first of all, then
// whatever else its nodes have seen, and faults and marks.
func (f *Focus) Before(most int) []Row {
	var chosen []int
	for _, wanted := range []func(Row) bool{f.cause, f.beside} {
		for i := len(f.rows) - 1; i >= 0 && len(chosen) < most; i-- {
			if row := f.rows[i]; row.Time() <= f.Until && wanted(row) {
				chosen = append(chosen, i)
			}
		}
	}
	slices.Sort(chosen)
	rows := make([]Row, len(chosen))
	for i, at := range chosen {
		rows[i] = f.rows[at]
	}
	return rows
}

func (f *Focus) cause(r Row) bool { return f.Causes[r.ID()] }

func (f *Focus) beside(r Row) bool {
	if f.cause(r) {
		return false // chosen already
	}
	switch {
	case r.Moment != nil && (r.Class == "fault" || r.Class == "mark"):
		return true
	case r.Packet != nil && r.Kind == "ack" && r.Lost == "": // there are many, and they say little
		return false
	}
	return slices.ContainsFunc(r.Nodes(), func(node string) bool { return slices.Contains(f.Nodes, node) })
}

// Faults are the spans that were in force at the failure, and those that had ended before it.
func (f *Focus) Faults(s *result.Story) (spans, past []result.Span) {
	for _, span := range s.Spans {
		switch {
		case span.From > f.Until:
		case span.To == 0 || span.To > f.Until:
			spans = append(spans, span)
		default:
			past = append(past, span)
		}
	}
	return spans, past
}
