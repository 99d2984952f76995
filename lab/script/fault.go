package script

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/star"
)

// fault is what a verb that disturbs the network returns. Faults add up; each heal takes back its own.
type fault struct {
	run    *run
	verb   string
	number int
	ids    []engine.FaultID // more than one when nodes were added later
	healed bool
	patch  engine.Patch  // what it has changed of links, nil when it cuts them
	links  []engine.Pair // which links that are
	clock  bool          // it has changed a node's clock
	paused *node         // the node that it pauses, if it is a pause
	lasts  bool          // a pause that ends by itself
	text   string        // what it does to what, for `faults`
	since  time.Duration // when it was made
	until  time.Duration // when it heals by itself, or never
	by     string        // who has made it
	pos    trouble.Position
	span   *result.Span // nil for a pause, which is the node's
	// commanded: it was made in a kept run, by a command.
	commanded bool
	// extend lists the links between a node that is added later and those that the fault keeps apart from all others;
	// nil when the fault names its links.
	extend func(added *node) []engine.Pair
}

var _ starlark.HasAttrs = (*fault)(nil)

func (f *fault) String() string        { return "fault(" + cmp.Or(f.text, f.verb) + ")" }
func (f *fault) Type() string          { return "fault" }
func (f *fault) Freeze()               {}
func (f *fault) Truth() starlark.Bool  { return true }
func (f *fault) Hash() (uint32, error) { return uint32(f.number), nil }

var faultHeal = load.Builtin("heal", func(
	_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	if err := load.UnpackArgs("heal", args, kwargs); err != nil {
		return nil, err
	}
	return starlark.None, b.Receiver().(*fault).heal()
})

// Attr returns heal or touched.
func (f *fault) Attr(name string) (starlark.Value, error) {
	defer bug.Catch()
	switch name {
	case "heal":
		return faultHeal.BindReceiver(f), nil
	case "touched":
		total := int64(0)
		for _, id := range f.ids {
			total += f.run.engine.Touched(id)
		}
		return starlark.MakeInt64(total), nil
	}
	return nil, star.NoAttr(f, name)
}

// AttrNames lists the words of a fault.
func (f *fault) AttrNames() []string { return []string{"heal", "touched"} }

// heal takes the fault back. It does nothing when it has been taken back before.
func (f *fault) heal() error {
	if f.healed {
		return nil
	}
	f.healed = true
	f.run.end(f.span)
	if f.paused != nil {
		return f.paused.endPause(f)
	}
	f.run.faults = slices.DeleteFunc(f.run.faults, func(other *fault) bool { return other == f })
	changes := make([]engine.Change, len(f.ids))
	for i, id := range f.ids {
		changes[i] = engine.Heal{Fault: id}
	}
	return f.run.apply(changes...)
}

// fault begins a fault on some links; change makes what the engine is told. An isolation or a partition may have no
// link yet.
func (r *run) fault(
	f *fault, lasting lifetime, links []engine.Pair, change func(engine.FaultID, []engine.Pair) engine.Change,
) (starlark.Value, error) {
	if len(links) == 0 && f.extend == nil {
		return nil, fmt.Errorf("lab.%s: %w", f.verb, errNoLinks)
	}
	r.number(f, lasting)
	if err := f.disturb(links, change); err != nil {
		return nil, err
	}
	if f.text == "" {
		f.text = f.verb + " " + strings.Join(pairTexts(links), ", ")
	}
	f.span.Text = trouble.Clip(f.text, maxSpanText)
	if len(links) == 0 {
		r.idle = append(r.idle, f)
	}
	r.faults = append(r.faults, f)
	r.after(lasting.orNil(), f.heal)
	return f, nil
}

// number makes a fault one of the run's, with what is told of it.
func (r *run) number(f *fault, lasting lifetime) {
	r.nfaults++
	f.run, f.number, f.commanded = r, r.nfaults, r.kept
	f.since, f.until, f.by, f.pos = r.now(), never, r.acting(), r.here()
	if f.paused == nil {
		f.span = r.span(cmp.Or(f.text, f.verb))
	}
	if lasting.given {
		f.until = later(f.since, lasting.Duration)
	}
}

// disturb tells the engine of links that the fault disturbs from now on.
func (f *fault) disturb(links []engine.Pair, change func(engine.FaultID, []engine.Pair) engine.Change) error {
	if len(links) == 0 {
		return nil
	}
	f.run.lastFault++
	if err := f.run.apply(change(f.run.lastFault, links)); err != nil {
		return err
	}
	over(f.span, links)
	f.ids = append(f.ids, f.run.lastFault)
	return nil
}

// extendFaults lays isolations and partitions over nodes that were added after them.
func (r *run) extendFaults(added []*node) error {
	for _, f := range r.faults {
		if f.extend == nil {
			continue
		}
		var links []engine.Pair
		for _, n := range added {
			links = append(links, f.extend(n)...)
		}
		if err := f.disturb(links, cutting); err != nil {
			return err
		}
	}
	return nil
}

// idleFaults are notes of the isolations and partitions that have never had a link.
func (r *run) idleFaults() (notes []string) {
	for _, f := range r.idle {
		if len(f.ids) == 0 {
			notes = append(notes, fmt.Sprintf("%s at %s: it has cut nothing: there was no node on the other side", f.text, f.pos))
		}
	}
	return notes
}

func cutting(id engine.FaultID, links []engine.Pair) engine.Change {
	return engine.Cut{Fault: id, Links: links}
}

// between lists the links from every node of a to every other one of b, and back unless it is one way. Each link is
// listed once.
func between(a, b []*node, oneway bool) []engine.Pair {
	var links []engine.Pair
	seen := map[engine.Pair]bool{}
	add := func(from, to *node) {
		p := engine.Pair{From: from.name, To: to.name}
		if from != to && !seen[p] {
			seen[p] = true
			links = append(links, p)
		}
	}
	for _, x := range a {
		for _, y := range b {
			add(x, y)
			if !oneway {
				add(y, x)
			}
		}
	}
	return links
}

// ends reads the two ends that several verbs take.
func (r *run) ends(what string, a, b starlark.Value) (from, to []*node, err error) {
	if from, err = r.group(a); err != nil {
		return nil, nil, fmt.Errorf("%s: a: %w", what, err)
	}
	if to, err = r.group(b); err != nil {
		return nil, nil, fmt.Errorf("%s: b: %w", what, err)
	}
	return from, to, nil
}

// namesOf joins the names of nodes.
func namesOf(nodes []*node) string {
	names := make([]string, len(nodes))
	for i, n := range nodes {
		names[i] = n.name
	}
	return strings.Join(names, ", ")
}

var errNoLinks = errors.New("both ends are the same node: a node has no link to itself")
