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
	link   bool          // it has changed links, not cut them
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
	if err := f.lay(links, change); err != nil {
		return nil, err
	}
	if f.text == "" {
		f.text = f.verb + " " + strings.Join(pairTexts(links), ", ")
	}
	f.span.Text = f.text
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

// lay tells the engine of links that the fault disturbs from now on.
func (f *fault) lay(links []engine.Pair, change func(engine.FaultID, []engine.Pair) engine.Change) error {
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
		if err := f.lay(links, cutting); err != nil {
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

var errNoLinks = errors.New("the two ends name no link: there is none from a node to itself")

// cut is lab.cut(a, b, oneway = False, lasting = None) -> fault.
var cut = verb{"cut", "cut NODE NODE [oneway=True] [lasting=5s]; nodes in a list are joined by commas: cut n1,n2 n3", func(r *run, c call) (starlark.Value, error) {
	var a, b starlark.Value
	var oneway bool
	var lasting lifetime
	if err := load.UnpackArgs("lab.cut", c.args, c.kwargs,
		"a", &a, "b", &b, "oneway?", &oneway, "lasting?", &lasting); err != nil {
		return nil, err
	}
	from, to, err := r.ends("lab.cut", a, b)
	if err != nil {
		return nil, err
	}
	return r.fault(&fault{verb: "cut"}, lasting, between(from, to, oneway), cutting)
}}

// isolate is lab.isolate(nodes, lasting = None) -> fault: each of the nodes is alone, also from nodes added later.
var isolate = verb{"isolate", "isolate NODE [lasting=5s]; nodes in a list are joined by commas", func(r *run, c call) (starlark.Value, error) {
	var which starlark.Value
	var lasting lifetime
	if err := load.UnpackArgs("lab.isolate", c.args, c.kwargs, "nodes", &which, "lasting?", &lasting); err != nil {
		return nil, err
	}
	group, err := r.group(which)
	if err != nil {
		return nil, fmt.Errorf("lab.isolate: %w", err)
	}
	f := &fault{verb: "isolate", text: "isolate " + namesOf(group), extend: func(added *node) []engine.Pair {
		return between(group, []*node{added}, false)
	}}
	return r.fault(f, lasting, between(group, r.nodes, false), cutting)
}}

// partition is lab.partition(*groups, lasting = None) -> fault: the groups are apart from each other, and all other
// nodes, also those added later, are one more group.
var partition = verb{"partition", "partition NODE,NODE NODE,NODE [lasting=5s]", func(r *run, c call) (starlark.Value, error) {
	var lasting lifetime
	if err := load.UnpackArgs("lab.partition", nil, c.kwargs, "lasting?", &lasting); err != nil {
		return nil, err
	}
	if len(c.args) == 0 {
		return nil, star.Errorf("lab.partition([n1, n2], [n3])", "lab.partition: names no group")
	}
	side := map[*node]int{}
	var named []*node
	var sides []string
	for i, arg := range c.args {
		group, err := r.group(arg)
		if err != nil {
			return nil, fmt.Errorf("lab.partition: group %d: %w", i+1, err)
		}
		for _, n := range group {
			if other, twice := side[n]; twice && other != i+1 {
				return nil, fmt.Errorf("lab.partition: %s is in group %d and in group %d", n, other, i+1)
			}
			side[n] = i + 1
			named = append(named, n)
		}
		sides = append(sides, namesOf(group))
	}
	var links []engine.Pair
	for _, link := range between(named, r.nodes, false) {
		if side[r.byName[link.From]] != side[r.byName[link.To]] {
			links = append(links, link)
		}
	}
	f := &fault{verb: "partition", text: "partition " + strings.Join(sides, " | "), extend: func(added *node) []engine.Pair {
		return between(named, []*node{added}, false)
	}}
	return r.fault(f, lasting, links, cutting)
}}

// reset is lab.reset(a, b): every stream between the two is reset.
var reset = verb{"reset", "reset NODE NODE; nodes in a list are joined by commas", func(r *run, c call) (starlark.Value, error) {
	var a, b starlark.Value
	if err := load.UnpackArgs("lab.reset", c.args, c.kwargs, "a", &a, "b", &b); err != nil {
		return nil, err
	}
	from, to, err := r.ends("lab.reset", a, b)
	if err != nil {
		return nil, err
	}
	var changes []engine.Change
	seen := map[engine.Pair]bool{}
	for _, p := range between(from, to, true) {
		if !seen[p] && !seen[engine.Pair{From: p.To, To: p.From}] {
			seen[p] = true
			changes = append(changes, engine.Reset{A: p.From, B: p.To})
		}
	}
	if len(changes) == 0 {
		return nil, fmt.Errorf("lab.reset: %w", errNoLinks)
	}
	return starlark.None, r.apply(changes...)
}}

// healAll is lab.heal(): it takes back every cut, isolation, partition and refusal. What lab.link has changed is how the network
// is, and stays; but in a kept run what a command has changed goes, because the script's own links were there before.
var healAll = verb{"heal", "heal [FAULT]", func(r *run, c call) (starlark.Value, error) {
	if err := load.UnpackArgs("lab.heal", c.args, c.kwargs); err != nil {
		return nil, err
	}
	for _, f := range slices.Clone(r.faults) {
		if f.clock || f.link && !f.commanded {
			continue
		}
		if err := f.heal(); err != nil {
			return nil, err
		}
	}
	return starlark.None, nil
}}
