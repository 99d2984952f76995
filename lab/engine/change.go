package engine

import (
	"fmt"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/clock"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/tcp"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Change is one step of the topology or one fault. The types below are all there are: each with what it is, followed by
// the one function that checks it, makes it, and says by which steps the engines bring it about.
type Change interface {
	change(*topology) ([]step, error)
}

// AddNode adds a node. Config is complete and of the types that the kind's manifest says.
type AddNode struct {
	Name, Kind string
	Config     value.Fields
	Peers      []string // sorted, without the node itself
}

func (c AddNode) change(t *topology) ([]step, error) {
	if !nodeName.MatchString(c.Name) {
		return nil, &trouble.Error{
			Text: fmt.Sprintf("node %.100q: not a name for a node", c.Name),
			Hint: "up to 63 letters, digits, _ . and -, the first a letter, a digit or _",
		}
	}
	if t.nodes[c.Name] != nil {
		return nil, &trouble.Error{Text: fmt.Sprintf("node %q exists already", c.Name),
			Hint: "give it another name"}
	}
	if !t.serves(c.Kind) {
		return nil, t.noKind(c)
	}
	n := node{name: c.Name, kind: c.Kind, config: c.Config, peers: c.Peers, state: running}
	put(t, t.nodes, c.Name, &n)
	at, _ := slices.BinarySearch(t.names, c.Name)
	t.names = slices.Insert(t.names, at, c.Name)
	t.undo(func() { t.names = slices.Delete(t.names, at, at+1) })
	return []step{{verb: startNode, node: n}}, nil
}

// SetDefault changes the named fields of the profile under every link.
type SetDefault struct{ Patch Patch }

func (c SetDefault) change(t *topology) ([]step, error) {
	before := t.base
	t.undo(func() { t.base = before })
	base, err := c.Patch.over(before)
	t.base = base
	steps := []step{{verb: setDefault, profile: t.base}}
	for _, l := range t.patched() {
		steps = append(steps, t.profiled(l))
	}
	return steps, invalid("network", err)
}

// SetLink changes some fields of links. Healing the fault takes that back.
type SetLink struct {
	Fault FaultID
	Links []Pair
	Patch Patch
}

func (c SetLink) change(t *topology) ([]step, error) {
	if err := t.links("link", c.Links); err != nil {
		return nil, err
	}
	var steps []step
	for _, l := range sorted(c.Links) {
		put(t, t.patches, l, append(slices.Clip(t.patches[l]), linkPatch{c.Fault, c.Patch}))
		steps = append(steps, t.profiled(l))
	}
	steps = append(steps, t.addEffect(c.Fault, link.Watch, c.Links)...)
	_, err := c.Patch.over(t.base)
	return steps, invalid(among("link", c.Links), err)
}

// Cut stops everything on some links.
type Cut struct {
	Fault FaultID
	Links []Pair
}

func (c Cut) change(t *topology) ([]step, error) {
	err := t.links("cut", c.Links)
	return t.addEffect(c.Fault, link.Cut, c.Links), err
}

// Refuse keeps the nodes at the ends of some links apart and answers at once, in both directions: dials are refused,
// streams are reset, datagrams vanish.
type Refuse struct {
	Fault FaultID
	Links []Pair
}

func (c Refuse) change(t *topology) ([]step, error) {
	both := slices.Clip(c.Links)
	for _, l := range c.Links {
		both = append(both, Pair{l.To, l.From})
	}
	steps := t.addEffect(c.Fault, link.Refuse, both)
	for _, s := range steps {
		if s.link.From < s.link.To {
			steps = append(steps, step{verb: resetStreams, link: s.link})
		}
	}
	return steps, t.links("refuse", c.Links)
}

// Heal ends the fault: it takes back what that has brought on, and nothing that another one has.
type Heal struct{ Fault FaultID }

func (c Heal) change(t *topology) (steps []step, err error) {
	f, inForce := t.faults[c.Fault]
	if !inForce && !t.healed[c.Fault] {
		return nil, &trouble.Error{Text: fmt.Sprintf("heal: no fault %d", c.Fault)}
	}
	for effect, links := range f.links {
		for _, l := range links {
			if link.Effect(effect) == link.Watch {
				put(t, t.patches, l, without(t.patches[l], func(p linkPatch) bool { return p.fault == c.Fault }))
				steps = append(steps, t.profiled(l))
			}
			steps = append(steps, step{verb: removeEffect, link: l, fault: c.Fault, effect: link.Effect(effect)})
		}
	}
	for _, name := range f.clocks {
		put(t, t.clocks, name, without(t.clocks[name], func(l clockPatch) bool { return l.fault == c.Fault }))
		steps = append(steps, t.clocked(name))
	}
	drop(t, t.faults, c.Fault)
	put(t, t.healed, c.Fault, true)
	return steps, nil
}

// Reset sends RST to both ends of every stream between two nodes.
type Reset struct{ A, B string }

func (c Reset) change(t *topology) ([]step, error) {
	pair := Pair{c.A, c.B}
	return []step{{verb: resetStreams, link: pair}}, t.links("reset", []Pair{pair})
}

// Crash ends a node at once. What it had not synced is lost, as with the power, unless it is Kept, as when only the
// process dies: then all that was written counts as synced.
type Crash struct {
	Node string
	Kept bool
}

func (c Crash) change(t *topology) ([]step, error) {
	steps, err := t.move("crash", c.Node, crashNode, crashed, running, paused)
	if err == nil {
		n := t.nodes[c.Node] // which move has just made
		n.kept = c.Kept
		steps[0].node = *n
	}
	return steps, err
}

// Restart starts the next incarnation of a crashed node.
type Restart struct {
	Node   string
	Config value.Fields // complete
}

func (c Restart) change(t *topology) ([]step, error) {
	steps, err := t.move("restart", c.Node, startNode, running, crashed)
	if err == nil {
		n := t.nodes[c.Node] // which move has just made
		n.incarnation++
		n.config = c.Config
		steps[0].node = *n
	}
	return steps, err
}

// SetClock makes a node's clock go at a speed, and moves it by an offset. Faults on one clock add up: speeds multiply,
// offsets add. Healing an offset moves the clock back; healing a speed makes it go on without, and what it has gained
// or lost stays. A clock outlives a crash. All else of a run, its events, links and calls, goes by the lab's own clock.
type SetClock struct {
	Fault  FaultID
	Node   string
	Speed  float64 // see package clock for the ranges
	Offset time.Duration
}

func (c SetClock) change(t *topology) ([]step, error) {
	what := "clock " + c.Node
	if err := t.known(what, c.Node); err != nil {
		return nil, err
	}
	if err := clock.Validate(c.Speed, c.Offset); err != nil {
		return nil, invalid(what, err)
	}
	f := t.faults[c.Fault]
	if !slices.Contains(f.clocks, c.Node) {
		f.clocks = slices.Sorted(slices.Values(append(f.clocks, c.Node)))
	}
	put(t, t.faults, c.Fault, f)
	put(t, t.clocks, c.Node, append(slices.Clip(t.clocks[c.Node]), clockPatch{c.Fault, c.Speed, c.Offset}))
	return []step{t.clocked(c.Node)}, t.clockInRange(c.Node)
}

// SetDisk sets how long each sync of a file takes from now on, in sim. In live a sync takes what it takes, and this adds
// nothing.
type SetDisk struct {
	Nodes []string // none for every node, also those that are added later
	Sync  link.Draw
}

func (c SetDisk) change(t *topology) ([]step, error) {
	const what = "disk"
	if err := c.Sync.Validate(); err != nil {
		return nil, invalid(what, err)
	}
	if c.Sync.A < 0 {
		return nil, invalid(what, fmt.Errorf("sync is %v, want 0s or more", c.Sync))
	}
	return t.eachNode(what, c.Nodes, step{verb: setDisk, sync: c.Sync})
}

// SetTCP sets how the TCP of nodes is for connections opened from now on.
type SetTCP struct {
	Nodes    []string // none for every node, also those that are added later
	Settings tcp.Settings
}

func (c SetTCP) change(t *topology) ([]step, error) {
	const what = "tcp"
	if err := c.Settings.Validate(); err != nil {
		return nil, invalid(what, err)
	}
	return t.eachNode(what, c.Nodes, step{verb: setTCP, tcp: c.Settings})
}

// eachNode is a step on each of the nodes. Without nodes it is one on the nodes that will be added, which have no name yet,
// and on all that are there.
func (t *topology) eachNode(what string, nodes []string, s step) (steps []step, err error) {
	if len(nodes) == 0 {
		nodes, steps = t.names, append(steps, s)
	}
	for _, name := range nodes {
		if err := t.known(what, name); err != nil {
			return nil, err
		}
		s.node.name = name
		steps = append(steps, s)
	}
	return steps, nil
}

// Pause stops a node's tasks and timers; Resume lets them go on.
type Pause struct{ Node string }

func (c Pause) change(t *topology) ([]step, error) {
	return t.move("pause", c.Node, pauseNode, paused, running)
}

// Resume ends a pause.
type Resume struct{ Node string }

func (c Resume) change(t *topology) ([]step, error) {
	return t.move("resume", c.Node, resumeNode, running, paused)
}

// Patch is the fields of a profile to change, by their names in link.Fields; others stay as they are.
type Patch map[string]any

// over changes the fields of the patch in a profile. A field that does not exist is an error.
func (p Patch) over(under link.Profile) (link.Profile, error) {
	for name, v := range p { // in any order: none of them touches what another one sets
		if err := under.Set(name, v); err != nil {
			return under, err
		}
	}
	return under, under.Validate()
}
