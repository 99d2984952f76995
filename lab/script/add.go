package script

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/spell"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// maxNodes bounds the nodes of one run.
const maxNodes = 10000

var nodeName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_-]{0,62}$`)

const nameRule = "up to 63 letters, digits, - and _, the first a letter"

// addNodes is lab.add(kind, name = KIND, count = None, peers = added together, **config) -> node | [node].
var addNodes = verb{"add", "", func(r *run, c call) (starlark.Value, error) {
	var kindName string
	var name, count, peers starlark.Value
	own, config := splitConfig(c.kwargs)
	if err := load.UnpackArgs("lab.add", c.args, own,
		"kind", &kindName, "name??", &name, "count??", &count, "peers??", &peers); err != nil {
		return nil, err
	}
	k, ok := r.options.Kinds.byName[kindName]
	if !ok {
		r.lacked = kindName
		msg, hint := spell.Unknown("kind", kindName, r.options.Kinds.names())
		return nil, star.Errorf(hint, "lab.add: %s", msg)
	}
	if name == nil {
		name = starlark.String(kindName)
	}
	names, err := nodeNames(name, count)
	if err != nil {
		return nil, err
	}
	fields, err := k.config.bind(fmt.Sprintf("lab.add(%q)", kindName), k.config.defaults, nil, config)
	if err != nil {
		return nil, err
	}
	if err := r.mentions(fmt.Sprintf("lab.add(%q)", kindName), &k.config, k.config.defaults, fields); err != nil {
		return nil, err
	}
	if err := r.programs(fmt.Sprintf("lab.add(%q)", kindName), &k.config, k.config.defaults, fields); err != nil {
		return nil, err
	}
	others := names
	if peers != nil {
		if others, err = r.namesOf(peers); err != nil {
			return nil, fmt.Errorf("lab.add: peers: %w", err)
		}
	}
	added, err := r.add(k, names, fields, others)
	if err != nil {
		return nil, err
	}
	for _, n := range added {
		n.added = r.here()
	}
	if count == nil {
		return added[0], nil
	}
	list := make([]starlark.Value, len(added))
	for i, n := range added {
		list[i] = n
	}
	return starlark.NewList(list), nil
}}

// refusedConfig is the mistake of the first node, in the order of lab.add, that takes no configuration such as it was given.
func (r *run) refusedConfig(failures []engine.Failure) error {
	var first *node
	var told engine.Failure
	for _, f := range failures {
		if n := r.byName[f.Node]; f.Misuse && n != nil && (first == nil || n.index < first.index) {
			first, told = n, f
		}
	}
	if first == nil {
		return nil
	}
	what, at := fmt.Sprintf("lab.add(%q)", first.kind.name), first.added
	if first.incarnation > 0 {
		what, at = first.name+".restart", first.at
	}
	return &trouble.Error{Pos: at, Text: what + ": " + told.Error, Hint: told.Hint}
}

// splitConfig parts the lab's own keyword arguments from those of the kind.
func splitConfig(kwargs []starlark.Tuple) (own, config []starlark.Tuple) {
	for _, kw := range kwargs {
		switch kw[0].(starlark.String) {
		case "kind", "name", "count", "peers":
			own = append(own, kw)
		default:
			config = append(config, kw)
		}
	}
	return own, config
}

// nodeNames lists the names of the nodes to add: one NAME, or NAME1 to NAMEn when there is a count.
func nodeNames(given, count starlark.Value) ([]string, error) {
	name, ok := starlark.AsString(given)
	if !ok {
		return nil, fmt.Errorf("lab.add: for parameter name: got %s, want string", given.Type())
	}
	if !nodeName.MatchString(name) {
		return nil, fmt.Errorf("lab.add: name: got %q, want %s", trouble.Clip(name, 100), nameRule)
	}
	if count == nil {
		return []string{name}, nil
	}
	n, err := starlark.AsInt32(count)
	if err != nil || n < 1 || n > maxNodes {
		return nil, fmt.Errorf("lab.add: count: got %s, want 1 to %d", star.Show(count, maxShown), maxNodes)
	}
	names := make([]string, n)
	for i := range names {
		names[i] = name + strconv.Itoa(i+1)
	}
	if last := names[n-1]; !nodeName.MatchString(last) {
		return nil, fmt.Errorf("lab.add: name: got %q for the last of %d, want %s", last, n, nameRule)
	}
	return names, nil
}

// maxTold bounds the names of peers in one lab.add, in bytes: the nodes of a call are one message to their plugin.
const maxTold = 60 << 20

func (r *run) add(k *kind, names []string, config value.Fields, peers []string) ([]*node, error) {
	if len(r.nodes)+len(names) > maxNodes {
		return nil, fmt.Errorf("lab.add: more than %d nodes", maxNodes)
	}
	var added []*node
	var changes []engine.Change
	group := slices.Compact(slices.Sorted(slices.Values(peers)))
	if size := len(names) * len(strings.Join(group, "  ")); size > maxTold {
		return nil, star.Errorf("peers = [] adds nodes that are told of no others",
			"lab.add: each of %d nodes is told the names of %d: %d MiB, want at most %d", len(names), len(group), size>>20, maxTold>>20)
	}
	for i, name := range names {
		if _, taken := r.byName[name]; taken {
			return nil, star.Errorf("give another one: name = \"...\"", "lab.add: there is already a node %q", name)
		}
		n := &node{run: r, name: name, kind: k, index: len(r.nodes) + i, config: config, tcp: r.tcp}
		added = append(added, n)
		changes = append(changes, engine.AddNode{Name: name, Kind: k.name, Config: config, Peers: without(group, name)})
	}
	if err := r.apply(changes...); err != nil {
		return nil, err
	}
	r.shortest.config(names[0], config)
	for _, n := range added {
		r.nodes = append(r.nodes, n)
		r.byName[n.name] = n
	}
	return added, r.extendFaults(added)
}

// without is a sorted list of names without one of them.
func without(names []string, leave string) []string {
	at, found := slices.BinarySearch(names, leave)
	if !found {
		return names
	}
	return slices.Concat(names[:at], names[at+1:])
}

// node finds what a script means by a node: the node, or its name.
func (r *run) node(v starlark.Value) (*node, error) {
	switch v := v.(type) {
	case *node:
		return v, nil
	case starlark.String:
		if n := r.byName[string(v)]; n != nil {
			return n, nil
		}
		msg, hint := spell.Unknown("node", string(v), r.nodeNames())
		return nil, &star.Error{Msg: msg, Hint: hint}
	}
	return nil, fmt.Errorf("got %s, want a node or its name", v.Type())
}

// group finds what a script means by one or several nodes: a node, or a list of at least one.
func (r *run) group(v starlark.Value) ([]*node, error) {
	group, err := r.nodesOf(v)
	if err == nil && len(group) == 0 {
		err = star.Errorf("to mean no node, leave the call out", "the list is empty: it names no node")
	}
	return group, err
}

// nodesOf is group for a list that may be empty.
func (r *run) nodesOf(v starlark.Value) ([]*node, error) {
	list, ok := v.(starlark.Iterable)
	if !ok {
		n, err := r.node(v)
		return []*node{n}, err
	}
	var group []*node
	for item := range starlark.Elements(list) {
		n, err := r.node(item)
		if err != nil {
			return nil, err
		}
		group = append(group, n)
	}
	return group, nil
}

func (r *run) namesOf(v starlark.Value) ([]string, error) {
	group, err := r.nodesOf(v)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(group))
	for i, n := range group {
		names[i] = n.name
	}
	return names, nil
}

// kindNames are the kinds in the topology, each once.
func (r *run) kindNames() (names []string) {
	for _, n := range r.nodes {
		if !slices.Contains(names, n.kind.name) {
			names = append(names, n.kind.name)
		}
	}
	return names
}

func (r *run) nodeNames() []string {
	names := make([]string, len(r.nodes))
	for i, n := range r.nodes {
		names[i] = n.name
	}
	return names
}

// resolve turns a reference that has travelled into the value that the script knows.
func (r *run) resolve(ref any) starlark.Value {
	switch ref := ref.(type) {
	case value.Node:
		if n := r.byName[string(ref)]; n != nil {
			return n
		}
		return starlark.String(ref)
	case value.Object:
		if n := r.byName[ref.Node]; n != nil {
			if kind, known := n.kind.objects[ref.Type]; known {
				fields, _ := r.typed(ref.Fields, kind.fields).(*star.Record)
				ref.Fields = nil // they are the script's now; what goes back is the reference
				return &object{node: n, ref: ref, methods: kind.methods, fields: fields}
			}
		}
	}
	return referenceText(ref)
}

// referenceText shows a reference where there is no run to resolve it.
func referenceText(ref any) starlark.Value {
	switch ref := ref.(type) {
	case value.Node:
		return starlark.String(ref)
	case value.Object:
		return starlark.String(fmt.Sprintf("%s of %s", ref.Type, ref.Node))
	}
	return starlark.None
}
