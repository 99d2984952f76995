package script

import (
	"fmt"
	"sort"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/tcp"
	"github.com/netlab-dev/netlab/sdk/value"
)

// node is a node of the topology. Its methods are those of its kind; str(node) is its name; nodes sort in the order in
// which they were added.
type node struct {
	run         *run
	name        string
	kind        *kind
	added       trouble.Position // where the script has added it
	index       int
	state       nodeState
	since       time.Duration    // when it came into the state
	by          string           // who has brought it there
	at          trouble.Position // of the call that has
	span        *result.Span     // while it is crashed or paused
	incarnation int
	pauses      []*fault // those in force, in the order of their beginning
	config      value.Fields
	tcp         tcp.Settings
	bound       map[string]starlark.Value // methods that were used before
}

type nodeState uint8

const (
	running nodeState = iota
	crashed
	paused
)

func (s nodeState) String() string { return [...]string{"running", "crashed", "paused"}[s] }

var (
	_ starlark.HasAttrs   = (*node)(nil)
	_ starlark.Comparable = (*node)(nil)
	_ star.Reference      = (*node)(nil)
	_ star.Named          = (*node)(nil)
)

func (n *node) String() string        { return n.name }
func (n *node) Type() string          { return "node" }
func (n *node) Freeze()               {}
func (n *node) Truth() starlark.Bool  { return true }
func (n *node) Hash() (uint32, error) { return starlark.String(n.name).Hash() }

// Named is the name, which a node does not equal.
func (n *node) Named() string { return n.name }

// Reference is how the node travels to a plugin.
func (n *node) Reference() any { return value.Node(n.name) }

// CompareSameType orders nodes as they were added.
func (n *node) CompareSameType(op syntax.Token, y starlark.Value, _ int) (bool, error) {
	a, b := n.index, y.(*node).index
	switch op {
	case syntax.EQL:
		return n == y.(*node), nil
	case syntax.NEQ:
		return n != y.(*node), nil
	case syntax.LT:
		return a < b, nil
	case syntax.LE:
		return a <= b, nil
	case syntax.GT:
		return a > b, nil
	default: // GE
		return a >= b, nil
	}
}

// Attr returns a word that every node has, or a method of its kind.
func (n *node) Attr(name string) (starlark.Value, error) {
	defer bug.Catch()
	switch name {
	case "name":
		return starlark.String(n.name), nil
	case "state":
		return starlark.String(n.state.String()), nil
	case "addr":
		addr, err := n.mainAddr()
		if err != nil {
			return nil, err
		}
		return starlark.String(addr), nil
	}
	if v := named(nodeVerbs, name); v != nil {
		return v.of(n, name, n), nil
	}
	if b, ok := n.bound[name]; ok {
		return b, nil
	}
	m, ok := n.kind.methods[name]
	if !ok {
		return nil, star.NoAttr(n, name)
	}
	if n.bound == nil {
		n.bound = map[string]starlark.Value{}
	}
	n.bound[name] = n.run.bind(n, value.Object{}, m)
	return n.bound[name], nil
}

// AttrNames lists what the node knows, its kind's methods included.
func (n *node) AttrNames() []string {
	names := []string{"name", "state", "addr"}
	for _, v := range nodeVerbs {
		names = append(names, v.name)
	}
	for name := range n.kind.methods {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// mainAddr is the address of the port that the kind's manifest calls the main one.
func (n *node) mainAddr() (value.Addr, error) {
	port, ok := n.config.Get(n.kind.main).(int64)
	if !ok {
		return "", fmt.Errorf("%s has no address of its own: kind %q declares no main port", n.name, n.kind.name)
	}
	return value.MakeAddr(n.name, int(port)), nil
}

// unavailable says why the node cannot be called, "" when it can.
func (n *node) unavailable() string {
	if n.state == running {
		return ""
	}
	return n.name + " is " + n.state.String()
}

// become notes a new state, and who has brought it about.
func (n *node) become(s nodeState) {
	n.run.end(n.span)
	if s != running {
		n.span = n.run.span(n.name+" "+s.String(), n.name)
	}
	n.state, n.since, n.by, n.at = s, n.run.now(), n.run.acting(), n.run.here()
}

// stateError says that a verb does not apply to the state that a node is in.
type stateError struct{ error }

func (e *stateError) Unwrap() error { return e.error }

func (n *node) wrongState(verb, hint string) error {
	return &stateError{star.Errorf(hint, "%s.%s: %s is %s", n.name, verb, n.name, n.state)}
}
