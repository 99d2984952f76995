package script

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netlab-dev/netlab/sdk/env"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// Kinds is what the runs know of the plugins at hand: their manifests, made ready for calls. It is immutable and may be
// shared by any number of runs.
type Kinds struct {
	byName map[string]*kind
}

// NewKinds prepares the kinds; of two with one name the later counts.
func NewKinds(kinds ...*wire.Kind) (*Kinds, error) {
	k := &Kinds{byName: make(map[string]*kind, len(kinds))}
	for _, w := range kinds {
		prepared, err := newKind(w)
		if err != nil {
			return nil, fmt.Errorf("kind %q: %w", w.GetName(), err)
		}
		k.byName[w.GetName()] = prepared
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
	fields  *wire.Parameter // their fields, as those of a struct
}

// method is what may be called on a node or an object.
type method struct {
	name      string
	args      params
	result    *wire.Parameter // nil: returns nothing
	operation bool            // its calls are recorded
}

func newKind(w *wire.Kind) (*kind, error) {
	k := &kind{name: w.GetName(), objects: map[string]*objectKind{}, events: forms{}, messages: forms{}}
	var err error
	if k.config, err = newParams(w.GetConfig()); err != nil {
		return nil, err
	}
	for _, p := range w.GetConfig() {
		switch p.GetName() {
		case "name", "count", "peers":
			return nil, fmt.Errorf("parameter %q is the lab's own", p.GetName())
		}
		if p.GetMain() {
			k.main = p.GetName()
		}
	}
	if k.methods, err = newMethods(w.GetMethods()); err != nil {
		return nil, err
	}
	for _, o := range w.GetObjects() {
		if slices.Contains(takenTypes, o.GetName()) {
			return nil, fmt.Errorf("object %q: there is another type of that name", o.GetName())
		}
		methods, err := newMethods(o.GetMethods())
		if err != nil {
			return nil, fmt.Errorf("object %q: %w", o.GetName(), err)
		}
		k.objects[o.GetName()] = &objectKind{methods, &wire.Parameter{Type: "struct", Fields: o.GetFields()}}
	}
	for _, e := range w.GetEvents() {
		k.events[e.GetName()] = e.GetFields()
	}
	k.listsMessages = w.GetListsMessages()
	for _, m := range w.GetMessages() {
		k.messages[m.GetName()] = m.GetFields()
	}
	return k, nil
}

// takenTypes are the types of values that scripts have anyway. Starlark compares values whose types have one name, and
// would end in a panic if an object of a plugin passed for one of them.
var takenTypes = []string{
	"NoneType", "bool", "int", "float", "string", "bytes", "list", "tuple", "dict", "set", "function",
	"builtin_function_or_method", "sent_function", "burst", "message", "range", "module", "duration", "rate", "draw",
	"struct", "error", "node", "event", "events", "fault", "finding", "history", "lab", "operation", "outcome", "rand",
	"task", "ticks", "verdict",
}

func newMethods(list []*wire.Method) (map[string]*method, error) {
	methods := make(map[string]*method, len(list))
	for _, w := range list {
		args, err := newParams(w.GetArguments())
		if err != nil {
			return nil, fmt.Errorf("method %q: %w", w.GetName(), err)
		}
		methods[w.GetName()] = &method{name: w.GetName(), args: args, result: w.GetResult(), operation: w.GetOperation()}
	}
	return methods, nil
}

// params are the parameters of a configuration or of a method, in the manifest's order.
type params struct {
	list     []paramSpec
	defaults env.Fields // one a parameter; nil value where there is no default
}

type paramSpec struct {
	name     string
	typ      valueType
	optional bool
	live     bool // may change while the node runs

	addresses bool // names nodes
}

func newParams(list []*wire.Parameter) (params, error) {
	p := params{list: make([]paramSpec, len(list)), defaults: make(env.Fields, len(list))}
	for i, w := range list {
		typ, err := parseType(w.GetType())
		if err != nil {
			return params{}, fmt.Errorf("parameter %q: %w", w.GetName(), err)
		}
		p.list[i] = paramSpec{name: w.GetName(), typ: typ, optional: w.GetHasDefault(), live: w.GetLive()}
		p.list[i].addresses = w.GetAddress() || typ.name == "address" || typ.name == "list" && typ.item.name == "address"
		p.defaults[i].Name = w.GetName()
		if w.GetHasDefault() && w.GetDefaultValue() != nil {
			if p.defaults[i].Value, err = wire.FromValue(w.GetDefaultValue()); err != nil {
				return params{}, fmt.Errorf("default of parameter %q: %w", w.GetName(), err)
			}
		}
	}
	return p, nil
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

// valueType is a type of the manifest's language (labplugin.proto, Parameter.type).
type valueType struct {
	name string     // bool int float string bytes duration rate draw address list dict any function object struct
	item *valueType // of a list
	of   string     // the name of an object
}

// maxType bounds the text of a type, and so how deep lists can be nested in one.
const maxType = 256

func parseType(text string) (valueType, error) {
	if len(text) > maxType {
		return valueType{}, fmt.Errorf("a type of %d letters, want at most %d", len(text), maxType)
	}
	switch text {
	case "bool", "int", "float", "string", "bytes", "duration", "rate", "draw", "address", "dict", "any", "function",
		"struct":
		return valueType{name: text}, nil
	}
	if inner, ok := strings.CutPrefix(text, "list<"); ok && strings.HasSuffix(inner, ">") {
		item, err := parseType(strings.TrimSuffix(inner, ">"))
		return valueType{name: "list", item: &item}, err
	}
	if name, ok := strings.CutPrefix(text, "object "); ok {
		return valueType{name: "object", of: name}, nil
	}
	return valueType{}, fmt.Errorf("unknown type %q", text)
}

func (t valueType) String() string {
	switch t.name {
	case "list":
		return "list of " + t.item.String()
	case "object":
		return t.of
	}
	return t.name
}
