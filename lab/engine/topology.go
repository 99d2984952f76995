package engine

import (
	"cmp"
	"maps"
	"slices"

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
	faults   map[FaultID]fault // that are not healed
	healed   map[FaultID]bool
	// patches are those on each link that has ever had one, oldest first.
	patches map[Pair][]linkPatch
	// clocks holds the faults on each node's clock, oldest first.
	clocks map[string][]clockPatch
	// journal takes back what the present batch of changes has made, the latest last.
	journal []func()
}

type node struct {
	name, kind  string
	config      value.Fields
	peers       []string
	state       state
	incarnation int
	kept        bool // its latest crash has kept what was written
}

type state string

const (
	running state = "running"
	crashed state = "crashed"
	paused  state = "paused"
)

// fault is what one FaultID has brought on and its healing takes back. Its lists are never changed in place.
type fault struct {
	links  [link.Effects][]Pair // each sorted; those that are watched have a patch
	clocks []string             // nodes, sorted
}

type linkPatch struct {
	fault FaultID
	patch Patch
}

func newTopology(serves func(kind string) bool) *topology {
	return &topology{
		serves:  serves,
		nodes:   map[string]*node{},
		faults:  map[FaultID]fault{},
		healed:  map[FaultID]bool{},
		patches: map[Pair][]linkPatch{},
		clocks:  map[string][]clockPatch{},
	}
}

// apply makes the changes, all or nothing, and returns the steps that bring them about. A change is checked as if those
// before it had been made, because they have been: an error takes them back. It is a *trouble.Error.
func (t *topology) apply(changes []Change) (steps []step, err error) {
	defer func() {
		if err != nil {
			steps = nil
			for _, undo := range slices.Backward(t.journal) {
				undo()
			}
		}
		t.journal = nil
	}()
	for _, c := range changes {
		made, err := c.change(t)
		if err != nil {
			return nil, err
		}
		steps = append(steps, made...)
	}
	for _, c := range changes {
		if added, ok := c.(AddNode); ok {
			for _, peer := range added.Peers {
				if t.nodes[peer] == nil {
					return nil, noNode("peers of "+added.Name, peer, t.names)
				}
			}
		}
	}
	return steps, nil
}

// undo notes how to take back what a change is making. Whatever a change makes of the topology, it notes.
func (t *topology) undo(f func()) { t.journal = append(t.journal, f) }

// put sets an element of one of the topology's maps.
func put[K comparable, V any](t *topology, m map[K]V, key K, v V) {
	drop(t, m, key)
	m[key] = v
}

// drop deletes one.
func drop[K comparable, V any](t *topology, m map[K]V, key K) {
	old, had := m[key]
	t.undo(func() {
		if delete(m, key); had {
			m[key] = old
		}
	})
	delete(m, key)
}

// without is what is left of a list that others may hold.
func without[T any](list []T, gone func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), gone)
}

// ended notes that a node has ended by itself.
func (t *topology) ended(name string) {
	if n := t.nodes[name]; n != nil {
		n.state, n.kept = crashed, false
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

// profiled is the step that brings the profile in force on a link.
func (t *topology) profiled(l Pair) step {
	return step{verb: setProfile, link: l, profile: t.profile(l)}
}

// profile is the default, changed by every patch: a script may change a link thousands of times, so only the latest value of
// each field is set.
func (t *topology) profile(l Pair) link.Profile {
	latest := Patch{}
	for _, own := range t.patches[l] {
		maps.Copy(latest, own.patch)
	}
	p, _ := latest.over(t.base) // each was right when it came
	return p
}

// patched are the links that have ever had a patch, sorted.
func (t *topology) patched() []Pair { return slices.SortedFunc(maps.Keys(t.patches), Pair.compare) }

// addEffect is how a fault gets an effect on links, on each once.
func (t *topology) addEffect(id FaultID, e link.Effect, links []Pair) (steps []step) {
	f := t.faults[id]
	for _, l := range sorted(links) {
		if _, has := slices.BinarySearchFunc(f.links[e], l, Pair.compare); !has {
			steps = append(steps, step{verb: addEffect, link: l, fault: id, effect: e})
		}
	}
	f.links[e] = sorted(slices.Concat(f.links[e], links))
	put(t, t.faults, id, f)
	return steps
}

// state is that of all links.
func (t *topology) state() Links {
	faults := map[Pair][]LinkEffect{}
	for _, id := range slices.Sorted(maps.Keys(t.faults)) {
		for e, links := range t.faults[id].links {
			for _, l := range links {
				if e := link.Effect(e); e != link.Watch {
					faults[l] = append(faults[l], LinkEffect{id, e})
				}
			}
		}
	}
	named := slices.Collect(maps.Keys(faults))
	for l, patches := range t.patches {
		if len(patches) > 0 {
			named = append(named, l)
		}
	}
	all := Links{Default: t.base}
	for _, l := range sorted(named) {
		all.Own = append(all.Own, LinkState{Pair: l, Profile: t.profile(l), Faults: faults[l]})
	}
	return all
}

func (p Pair) compare(q Pair) int {
	return cmp.Or(cmp.Compare(p.From, q.From), cmp.Compare(p.To, q.To))
}

func (p Pair) String() string { return p.From + " -> " + p.To }

// sorted puts links in order, each once.
func sorted(links []Pair) []Pair {
	return slices.Compact(slices.SortedFunc(slices.Values(links), Pair.compare))
}
