package engine

import (
	"fmt"
	"sync"
	"unicode/utf8"

	"github.com/netlab-dev/netlab/sdk/value"
)

// What the trace of one run may take, and those of all runs of the process together, in bytes of memory. The latter is
// less than what ends a script that eats memory, so that the flood of a plugin is not taken for the script's.
const (
	maxEventBytes    = 256 << 20
	maxAllEventBytes = 384 << 20
	maxOneEventBytes = 1 << 20
	maxNameSize      = 64 // of an event and of its fields
)

// traces is what the traces of all runs take.
var traces struct {
	sync.Mutex
	runs, bytes int
}

// budget bounds the trace of one run, and knows who has filled it. Guarded by the recorder's lock.
type budget struct {
	limit   int
	bytes   int
	of      map[string]int // what each component has emitted
	faults  int            // what the script has done
	full    bool
	endless bool // the trace keeps the latest only
}

func newBudget(recent int) budget {
	traces.Lock()
	defer traces.Unlock()
	traces.runs++
	return budget{limit: maxEventBytes, of: map[string]int{}, endless: recent > 0}
}

// release gives the memory back: the run has ended.
func (r *recorder) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	traces.Lock()
	defer traces.Unlock()
	traces.runs--
	traces.bytes -= r.budget.bytes
	r.budget.bytes = 0
}

// take counts an event; false when there is no memory left for it. Calls and connections, which no script sees, are left out
// then; with others the run cannot go on. Of several runs that have too much together, one that has more than its share
// goes first.
func (b *budget) take(e value.Event) bool {
	if b.full || b.endless {
		return !b.full
	}
	const event = 96
	bytes := event + value.Weight(e.Name) + value.Weight(e.Fields)
	traces.Lock()
	defer traces.Unlock()
	share := min(b.limit, maxAllEventBytes/max(1, traces.runs))
	fits := b.bytes+bytes <= b.limit && (traces.bytes+bytes <= maxAllEventBytes || b.bytes+bytes <= share)
	switch e.Class {
	case value.ClassCall, value.ClassConn:
		if !fits || b.bytes+bytes > share/2 {
			return false
		}
	case value.ClassFault:
		b.faults += bytes
		b.full = !fits
	default:
		b.of[e.Node] += bytes
		b.full = !fits
	}
	b.bytes += bytes
	traces.bytes += bytes
	return !b.full
}

// FloodError is the end of a run whose script does more than a trace holds.
type FloodError struct{ Text string }

func (e *FloodError) Error() string { return e.Text }

// flood is the error of a run whose trace is full, nil while it is not.
func (r *recorder) flood(t *topology) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.budget.full {
		return nil
	}
	most := ""
	for node, bytes := range r.budget.of {
		if most == "" || bytes > r.budget.of[most] || bytes == r.budget.of[most] && node < most {
			most = node
		}
	}
	events := fmt.Sprintf("%d events", r.store.Len())
	if most == "" || r.budget.faults > r.budget.of[most] {
		return &FloodError{Text: "the trace of the run is full: " + events + ", most of them faults that the script brings on"}
	}
	kind := ""
	if n := t.nodes[most]; n != nil {
		kind = " (" + n.kind + ")"
	}
	return pluginError("node %s%s: it emits without end: the trace of the run is full with %s, most of them its own",
		most, kind, events)
}

// checkEvent refuses what no component should emit. Of calls the trace keeps little, however large they are.
func checkEvent(e value.Event) error {
	if bytes := value.Weight(e.Fields); bytes > maxOneEventBytes && e.Class != value.ClassCall {
		return fmt.Errorf("event %s: %d bytes in memory, want at most %d", clip(e.Name, maxNameSize), bytes, maxOneEventBytes)
	}
	names := []string{e.Name}
	for _, f := range e.Fields {
		names = append(names, f.Name)
	}
	for _, name := range names {
		if len(name) > maxNameSize {
			return fmt.Errorf("event %s: a name of %d bytes, want at most %d", clip(e.Name, maxNameSize), len(name), maxNameSize)
		}
	}
	return nil
}

// How much is kept of what a plugin says of itself.
const (
	maxTold  = 4 << 10  // errors, and what tasks wait for
	maxStack = 64 << 10 // stacks
	maxLine  = 64 << 10 // lines of log
)

// clip cuts a text that is longer, and says how much it has cut.
func clip(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	cut := limit
	for cut > 0 && !utf8.RuneStart(text[cut]) {
		cut--
	}
	return fmt.Sprintf("%s ... (%d more bytes)", text[:cut], len(text)-cut)
}
