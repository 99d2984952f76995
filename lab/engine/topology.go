package engine

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// topology is what is known of a run's nodes, links and faults, as data. Both engines keep one: it checks what they are
// told and turns it into the steps that they carry out, so that a fault cannot mean two things.
type topology struct {
	serves func(kind string) bool
	// unserved may know why a kind is not served.
	unserved func(kind string) error
	nodes    map[string]*node
	names    []string // of the nodes, sorted
	base     link.Profile
	faults   map[FaultID]*fault // that are not healed
	healed   map[FaultID]bool
	// laid holds the patches on each link that has ever had one, oldest first.
	laid map[Pair][]laidPatch
	// clocks holds the faults on each node's clock, oldest first.
	clocks map[string][]laidClock
}

type node struct {
	name, kind  string
	config      value.Fields
	peers       []string
	state       state
	incarnation int
}

type state string

const (
	running state = "running"
	crashed state = "crashed"
	paused  state = "paused"
)

// fault is what one FaultID has brought on and its healing takes back.
type fault struct {
	links, cuts []Pair   // sorted
	clocks      []string // nodes, sorted
}

type laidPatch struct {
	fault FaultID
	patch Patch
}

func newTopology(serves func(kind string) bool) *topology {
	return &topology{
		serves: serves,
		nodes:  map[string]*node{},
		faults: map[FaultID]*fault{},
		healed: map[FaultID]bool{},
		laid:   map[Pair][]laidPatch{},
		clocks: map[string][]laidClock{},
	}
}

// verb is what a step does.
type verb uint8

const (
	setDefault verb = iota
	setProfile
	attachMeter
	detachMeter
	cutLink
	healLink
	resetStreams
	setClock
	startNode
	crashNode
	pauseNode
	resumeNode
)

// step is one operation on one link or node. Which fields count depends on the verb.
type step struct {
	verb    verb
	link    Pair
	fault   FaultID
	profile link.Profile
	node    node // as it is after the step
	speed   float64
	offset  time.Duration
}

// onNode tells steps on nodes from steps on links.
func (s step) onNode() bool { return s.verb >= setClock }

// place is where a step comes among those of one instant, whatever the order in which they were asked for: links first,
// so that a cut and a crash together hide the crash from the other side; then clocks, so that a node starts by its own.
func (s step) place() int {
	switch {
	case !s.onNode():
		return 0
	case s.verb == setClock:
		return 1
	}
	return 2
}

// apply carries out the changes, all or nothing, and returns the steps that bring them about.
func (t *topology) apply(changes []Change) ([]step, error) {
	if err := t.check(changes); err != nil {
		return nil, err
	}
	var steps []step
	for _, change := range changes {
		steps = append(steps, t.expand(change)...)
	}
	return steps, nil
}

// linksFirst puts the steps of an instant into the order in which they take effect.
func linksFirst(steps []step) {
	slices.SortStableFunc(steps, func(a, b step) int { return cmp.Compare(a.place(), b.place()) })
}

func (t *topology) expand(change Change) []step {
	switch c := change.(type) {
	case AddNode:
		n := &node{name: c.Name, kind: c.Kind, config: c.Config, peers: c.Peers, state: running}
		t.nodes[c.Name] = n
		at, _ := slices.BinarySearch(t.names, c.Name)
		t.names = slices.Insert(t.names, at, c.Name)
		return []step{{verb: startNode, node: *n}}
	case Restart:
		n := t.nodes[c.Node]
		n.incarnation++
		n.config = c.Config
		return t.move(c.Node, running, startNode)
	case Crash:
		return t.move(c.Node, crashed, crashNode)
	case SetClock:
		return t.setClock(c)
	case Pause:
		return t.move(c.Node, paused, pauseNode)
	case Resume:
		return t.move(c.Node, running, resumeNode)
	case SetDefault:
		return t.setDefault(c.Patch)
	case SetLink:
		return t.setLink(c)
	case Cut:
		return t.cut(c)
	case Heal:
		return t.heal(c.Fault)
	case Reset:
		return []step{{verb: resetStreams, link: Pair{c.A, c.B}}}
	}
	return nil
}

func (t *topology) move(name string, to state, v verb) []step {
	n := t.nodes[name]
	n.state = to
	return []step{{verb: v, node: *n}}
}

// ended notes that a node has ended by itself.
func (t *topology) ended(name string) {
	if n := t.nodes[name]; n != nil {
		n.state = crashed
	}
}

// refuse says why a call cannot be made, or "".
func (t *topology) refuse(c Call) string {
	n := t.nodes[c.Node]
	switch {
	case n == nil:
		return noNode("call of "+c.Method, c.Node, t.names).Text
	case n.state == crashed:
		return c.Node + " is crashed"
	case c.Object.ID != 0 && c.Object.Incarnation != n.incarnation:
		return c.Node + " restarted"
	}
	return ""
}

func (t *topology) setDefault(p Patch) []step {
	t.base = p.over(t.base)
	steps := []step{{verb: setDefault, profile: t.base}}
	for _, l := range slices.SortedFunc(maps.Keys(t.laid), Pair.compare) {
		steps = append(steps, t.profiled(l))
	}
	return steps
}

func (t *topology) setLink(c SetLink) []step {
	f := t.fault(c.Fault)
	var steps []step
	for _, l := range distinct(c.Links) {
		t.laid[l] = append(t.laid[l], laidPatch{c.Fault, c.Patch})
		steps = append(steps, t.profiled(l))
		if at, found := slices.BinarySearchFunc(f.links, l, Pair.compare); !found {
			f.links = slices.Insert(f.links, at, l)
			steps = append(steps, step{verb: attachMeter, link: l, fault: c.Fault})
		}
	}
	return steps
}

func (t *topology) cut(c Cut) []step {
	f := t.fault(c.Fault)
	var steps []step
	for _, l := range distinct(c.Links) {
		if at, found := slices.BinarySearchFunc(f.cuts, l, Pair.compare); !found {
			f.cuts = slices.Insert(f.cuts, at, l)
			steps = append(steps, step{verb: cutLink, link: l, fault: c.Fault})
		}
	}
	return steps
}

// heal takes back what the fault has brought on, and nothing that another one has.
func (t *topology) heal(id FaultID) []step {
	f := t.faults[id]
	if f == nil {
		return nil // it has been healed before
	}
	var steps []step
	for _, l := range f.links {
		t.laid[l] = slices.DeleteFunc(t.laid[l], func(p laidPatch) bool { return p.fault == id })
		steps = append(steps, t.profiled(l), step{verb: detachMeter, link: l, fault: id})
	}
	for _, l := range f.cuts {
		steps = append(steps, step{verb: healLink, link: l, fault: id})
	}
	steps = append(steps, t.healClocks(id, f.clocks)...)
	delete(t.faults, id)
	t.healed[id] = true
	return steps
}

func (t *topology) fault(id FaultID) *fault {
	if t.faults[id] == nil {
		t.faults[id] = &fault{}
	}
	return t.faults[id]
}

// profiled is the step that brings the profile in force on a link.
func (t *topology) profiled(l Pair) step {
	return step{verb: setProfile, link: l, profile: t.profile(l)}
}

// profile is the default with every patch laid over it.
func (t *topology) profile(l Pair) link.Profile {
	p := t.base
	for _, laid := range t.laid[l] {
		p = laid.patch.over(p)
	}
	return p
}

// links is the state of all links.
func (t *topology) links() Links {
	cuts := map[Pair][]FaultID{}
	for _, id := range slices.Sorted(maps.Keys(t.faults)) {
		for _, l := range t.faults[id].cuts {
			cuts[l] = append(cuts[l], id)
		}
	}
	named := slices.Collect(maps.Keys(cuts))
	for l, patches := range t.laid {
		if len(patches) > 0 {
			named = append(named, l)
		}
	}
	all := Links{Default: t.base}
	for _, l := range distinct(named) {
		all.Own = append(all.Own, LinkState{Pair: l, Profile: t.profile(l), Cuts: cuts[l]})
	}
	return all
}

// over lays the patch over a profile.
func (p Patch) over(under link.Profile) link.Profile {
	set(&under.Latency, p.Latency)
	set(&under.Jitter, p.Jitter)
	if p.Loss != nil {
		under.Loss, under.Burst = *p.Loss, link.Burst{}
	}
	if p.Burst != nil {
		under.Loss, under.Burst = 0, *p.Burst
	}
	set(&under.Duplicate, p.Duplicate)
	set(&under.Reorder, p.Reorder)
	set(&under.Corrupt, p.Corrupt)
	set(&under.Rate, p.Rate)
	set(&under.Queue, p.Queue)
	set(&under.MTU, p.MTU)
	return under
}

func set[T any](field, value *T) {
	if value != nil {
		*field = *value
	}
}

func (p Pair) compare(q Pair) int {
	return cmp.Or(cmp.Compare(p.From, q.From), cmp.Compare(p.To, q.To))
}

func (p Pair) String() string { return p.From + " -> " + p.To }

func distinct(links []Pair) []Pair {
	return slices.Compact(slices.SortedFunc(slices.Values(links), Pair.compare))
}
