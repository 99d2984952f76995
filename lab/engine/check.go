package engine

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// nodeName is what a node may be called: a part of "node:port", a directory and a loopback's user name at once.
var nodeName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$`)

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

// move brings a node from one of the states from which it can into another.
func (t *topology) move(what, name string, v verb, to state, from ...state) ([]step, error) {
	if err := t.known(what+" "+name, name); err != nil {
		return nil, err
	}
	n := *t.nodes[name]
	if !slices.Contains(from, n.state) {
		return nil, &trouble.Error{
			Text: fmt.Sprintf("%s %s: it is %s", what, name, n.state),
			Hint: fmt.Sprintf("only a node that is %s can be told to %s", or(from), what),
		}
	}
	n.state = to
	put(t, t.nodes, name, &n)
	return []step{{verb: v, node: n}}, nil
}

func or(states []state) string {
	text := string(states[0])
	for _, s := range states[1:] {
		text += " or " + string(s)
	}
	return text
}

// links refuses those that there cannot be.
func (t *topology) links(what string, links []Pair) error {
	for _, l := range links {
		at := what + " " + l.String()
		if err := t.known(at, l.From); err != nil {
			return err
		}
		if err := t.known(at, l.To); err != nil {
			return err
		}
		if l.From == l.To {
			return &trouble.Error{Text: at + ": a node has no link to itself", Hint: "name two different nodes"}
		}
	}
	return nil
}

func (t *topology) known(at, name string) error {
	if t.nodes[name] == nil {
		return noNode(at, name, t.names)
	}
	return nil
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
