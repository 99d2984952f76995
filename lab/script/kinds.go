package script

import (
	"fmt"
	"slices"

	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Kinds is what the runs know of the plugins at hand: their manifests, made ready for calls. It is immutable and may be
// shared by any number of runs.
type Kinds struct {
	byName map[string]*kind
}

// NewKinds prepares the kinds; of two with one name the later counts.
func NewKinds(kinds ...*manifest.Kind) (*Kinds, error) {
	k := &Kinds{byName: make(map[string]*kind, len(kinds))}
	for _, w := range kinds {
		prepared, err := newKind(w)
		if err != nil {
			return nil, fmt.Errorf("kind %q: %w", w.Name, err)
		}
		k.byName[w.Name] = prepared
	}
	return k, nil
}

func (k *Kinds) names() []string {
	names := make([]string, 0, len(k.byName))
	for name := range k.byName {
		names = append(names, name)
	}
	return names
}

// kind is a manifest, ready for use.
type kind struct {
	name    string
	config  params
	main    string             // the parameter that holds the main port, "" for none
	methods map[string]*method // of the node
	objects map[string]*objectKind
	events  forms

	messages      forms
	listsMessages bool // it sends no others
}

// objectKind is a type of objects.
type objectKind struct {
	methods map[string]*method
	fields  *manifest.Parameter // their fields, as those of a struct
}

// method is what may be called on a node or an object.
type method struct {
	name      string
	args      params
	result    *manifest.Parameter // nil: returns nothing
	operation bool                // its calls are recorded
	query     bool                // it changes nothing
	ending    bool                // by itself: a call without a timeout has a day
}

func newKind(w *manifest.Kind) (*kind, error) {
	k := &kind{
		name: w.Name, config: newParams(w.Config), methods: newMethods(w.Methods), objects: map[string]*objectKind{},
		events: forms{}, messages: forms{},
	}
	for _, p := range w.Config {
		switch p.Name {
		case "name", "count", "peers":
			return nil, fmt.Errorf("parameter %q is the lab's own", p.Name)
		}
		if p.Main {
			k.main = p.Name
		}
	}
	for _, o := range w.Objects {
		if slices.Contains(takenTypes, o.Name) {
			return nil, fmt.Errorf("object %q: there is another type of that name", o.Name)
		}
		k.objects[o.Name] = &objectKind{newMethods(o.Methods), &manifest.Parameter{Type: value.Type{Base: value.Struct}, Fields: o.Fields}}
	}
	for _, e := range w.Events {
		k.events[e.Name] = e.Fields
	}
	k.listsMessages = w.ListsMessages
	for _, m := range w.Messages {
		k.messages[m.Name] = m.Fields
	}
	return k, nil
}

// takenTypes are the types of values that scripts have anyway. Starlark compares values whose types have one name, and
// would end in a panic if an object of a plugin passed for one of them.
var takenTypes = []string{
	"NoneType", "bool", "int", "float", "string", "bytes", "list", "tuple", "dict", "set", "function",
	"builtin_function_or_method", "sent_function", "burst", "codel", "message", "range", "module", "duration", "rate", "draw",
	"struct", "error", "node", "event", "events", "fault", "finding", "history", "lab", "operation", "outcome", "rand",
	"task", "ticks", "verdict",
}

func newMethods(list []*manifest.Method) map[string]*method {
	methods := make(map[string]*method, len(list))
	for _, w := range list {
		methods[w.Name] = &method{
			name: w.Name, args: newParams(w.Arguments), result: w.Result, operation: w.Operation, query: w.Query, ending: w.Ending,
		}
	}
	return methods
}

// params are the parameters of a configuration or of a method, in the manifest's order.
type params struct {
	list     []paramSpec
	defaults value.Fields // one a parameter; nil value where there is no default
}

type paramSpec struct {
	name     string
	typ      value.Type
	optional bool
	live     bool // may change while the node runs
	limits   value.Limits

	addresses bool // names nodes
	program   bool // is the path of one
}

func newParams(list []*manifest.Parameter) params {
	p := params{list: make([]paramSpec, len(list)), defaults: make(value.Fields, len(list))}
	for i, w := range list {
		p.list[i] = paramSpec{name: w.Name, typ: w.Type, optional: w.HasDefault, live: w.Live, limits: w.Limits}
		p.list[i].addresses = w.Address || w.Type.Base == value.Address && w.Type.Lists < 2
		p.list[i].program = w.Program
		p.defaults[i] = value.Field{Name: w.Name, Value: w.Default}
	}
	return p
}

func (p *params) index(name string) int {
	for i := range p.list {
		if p.list[i].name == name {
			return i
		}
	}
	return -1
}

func (p *params) names() []string {
	names := make([]string, len(p.list))
	for i := range p.list {
		names[i] = p.list[i].name
	}
	return names
}
