package engine

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/link"
)

// draft checks changes one after another, each as if those before it had been made, and changes nothing.
type draft struct {
	of     *topology
	states map[string]state // of nodes added or moved by the draft
	faults map[FaultID]bool // brought on by the draft
	heals  map[FaultID]bool // healed by the draft
	clocks map[string][]laidClock
	added  []AddNode
	base   link.Profile
}

// check returns the first mistake among the changes, an *Error.
func (t *topology) check(changes []Change) error {
	d := draft{
		of: t, states: map[string]state{}, faults: map[FaultID]bool{}, heals: map[FaultID]bool{},
		clocks: map[string][]laidClock{}, base: t.base,
	}
	for _, change := range changes {
		if err := d.check(change); err != nil {
			return err
		}
	}
	for _, a := range d.added {
		for _, peer := range a.Peers {
			if err := d.known("peers of "+a.Name, peer); err != nil {
				return err
			}
		}
	}
	return nil
}

func (d *draft) check(change Change) error {
	switch c := change.(type) {
	case AddNode:
		return d.add(c)
	case SetDefault:
		d.base = c.Patch.over(d.base)
		return invalid("network", d.base.Validate())
	case SetLink:
		d.faults[c.Fault] = true
		if err := d.links("link", c.Links); err != nil {
			return err
		}
		return invalid(among("link", c.Links), c.Patch.over(d.base).Validate())
	case Cut:
		d.faults[c.Fault] = true
		return d.links("cut", c.Links)
	case Heal:
		if d.of.faults[c.Fault] == nil && !d.of.healed[c.Fault] && !d.faults[c.Fault] {
			return &trouble.Error{Text: fmt.Sprintf("heal: no fault %d", c.Fault)}
		}
		d.heals[c.Fault] = true
		return nil
	case Reset:
		return d.links("reset", []Pair{{c.A, c.B}})
	case Crash:
		return d.move("crash", c.Node, crashed, running, paused)
	case Restart:
		return d.move("restart", c.Node, running, crashed)
	case SetClock:
		return d.clock(c)
	case Pause:
		return d.move("pause", c.Node, paused, running)
	case Resume:
		return d.move("resume", c.Node, running, paused)
	}
	return &trouble.Error{Text: fmt.Sprintf("%T is not a change that this engine knows", change)}
}

// nodeName is what a node may be called: a part of "node:port", a directory and a loopback's user name at once.
var nodeName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$`)

func (d *draft) add(c AddNode) error {
	if !nodeName.MatchString(c.Name) {
		return &trouble.Error{
			Text: fmt.Sprintf("node %.100q: not a name for a node", c.Name),
			Hint: "up to 63 letters, digits, _ . and -, the first a letter, a digit or _",
		}
	}
	if _, taken := d.state(c.Name); taken {
		return &trouble.Error{Text: fmt.Sprintf("node %q: there is one of that name already", c.Name),
			Hint: "give it a name of its own"}
	}
	if !d.of.serves(c.Kind) {
		return d.of.noKind(c)
	}
	d.states[c.Name] = running
	d.added = append(d.added, c)
	return nil
}

// noKind says why a node cannot be added whose kind is not served.
func (t *topology) noKind(c AddNode) error {
	var reason error
	if t.unserved != nil {
		reason = t.unserved(c.Kind)
	}
	var known *trouble.Error
	switch {
	case reason == nil:
		return &trouble.Error{Text: fmt.Sprintf("node %q: no kind %q", c.Name, c.Kind), Hint: "load the plugin that serves it"}
	case errors.As(reason, &known) && known.Class == trouble.Script:
		return &trouble.Error{Text: fmt.Sprintf("node %q: %s", c.Name, known.Text), Hint: known.Hint}
	}
	return fmt.Errorf("node %q: %w", c.Name, reason)
}

// move checks that a node is in one of the states from which it can get into another.
func (d *draft) move(what, name string, to state, from ...state) error {
	if err := d.known(what+" "+name, name); err != nil {
		return err
	}
	is, _ := d.state(name)
	if !slices.Contains(from, is) {
		return &trouble.Error{
			Text: fmt.Sprintf("%s %s: it is %s", what, name, is),
			Hint: fmt.Sprintf("only a node that is %s can be told to %s", or(from), what),
		}
	}
	d.states[name] = to
	return nil
}

func or(states []state) string {
	text := string(states[0])
	for _, s := range states[1:] {
		text += " or " + string(s)
	}
	return text
}

func (d *draft) links(what string, links []Pair) error {
	for _, l := range links {
		at := what + " " + l.String()
		if err := d.known(at, l.From); err != nil {
			return err
		}
		if err := d.known(at, l.To); err != nil {
			return err
		}
		if l.From == l.To {
			return &trouble.Error{Text: at + ": a node has no link to itself", Hint: "name two different nodes"}
		}
	}
	return nil
}

func (d *draft) known(at, name string) error {
	if _, ok := d.state(name); ok {
		return nil
	}
	names := slices.Clone(d.of.names)
	for _, a := range d.added {
		names = append(names, a.Name)
	}
	slices.Sort(names)
	return noNode(at, name, names)
}

func (d *draft) state(name string) (state, bool) {
	if s, ok := d.states[name]; ok {
		return s, true
	}
	if n := d.of.nodes[name]; n != nil {
		return n.state, true
	}
	return "", false
}

// among names some links in an error.
func among(what string, links []Pair) string {
	switch len(links) {
	case 0:
		return what
	case 1:
		return what + " " + links[0].String()
	}
	return fmt.Sprintf("%s %s and %d more", what, links[0], len(links)-1)
}

func invalid(at string, err error) error {
	if err == nil {
		return nil
	}
	return &trouble.Error{Text: at + ": " + err.Error()}
}
