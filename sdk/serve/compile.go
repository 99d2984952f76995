package serve

import (
	"errors"
	"fmt"
	"reflect"
	"sync"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/value"
)

// served is a plugin made ready to serve: everything that reflection can find out is found out once, here.
type served struct {
	plugin   sdk.Plugin
	manifest *manifest.Manifest // see described
	complete sync.Once
	kinds    map[string]*kindType
}

type kindType struct {
	name     string
	make     func() sdk.Component
	config   *input
	methods  map[string]*method
	objects  map[reflect.Type]*objectType
	events   map[reflect.Type]bool
	messages map[string][]string // the fields of each type; nil when the kind has no list
	drawn    []drawnQuery
}

type objectType struct {
	name      string
	methods   map[string]*method
	hasFields bool // the struct has exported fields, which scripts read as attributes
}

type method struct {
	name    string
	fn      reflect.Value
	args    reflect.Type // nil when it takes none
	input   *input
	object  *objectType // what the result points to, nil for a value
	results int
	plain   bool // equal results have equal forms on the wire
	query   bool
	next    func() sdk.Component // of configure: what the arguments fill
}

// Manifest describes a plugin to hosts. Its error lists all faults of the plugin: names that the script language or the lab
// reserves, names that are used twice, wrong tags, and types that are not supported.
func Manifest(p sdk.Plugin) (*manifest.Manifest, error) {
	s, err := compile(p)
	if err != nil {
		return nil, err
	}
	return s.described(), nil
}

func compile(p sdk.Plugin) (*served, error) {
	s := &served{
		plugin:   p,
		manifest: &manifest.Manifest{Name: p.Name, Version: p.Version, Doc: p.Doc},
		kinds:    map[string]*kindType{},
	}
	if p.Version == "" {
		s.manifest.Version = "dev"
	}
	var errs []error
	if err := checkHyphened(p.Name); err != nil {
		errs = append(errs, fmt.Errorf("plugin %q: %w", p.Name, err))
	}
	if len(p.Kinds) == 0 {
		errs = append(errs, fmt.Errorf("plugin %q serves no kinds", p.Name))
	}
	modules, err := modulesOf(&p)
	if err != nil {
		errs = append(errs, err)
	}
	s.manifest.Modules = modules
	for _, k := range p.Kinds {
		kind, described, err := compileKind(k)
		if err == nil && s.kinds[k.Name] != nil {
			err = errors.New("the name is given twice")
		}
		if err != nil {
			errs = append(errs, prefixed(fmt.Sprintf("kind %q", k.Name), err))
			continue
		}
		s.kinds[k.Name] = kind
		s.manifest.Kinds = append(s.manifest.Kinds, described)
	}
	return s, errors.Join(errs...)
}

// prefixed puts what it is about before each of the joined errors, so that every line stands for itself.
func prefixed(about string, err error) error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return fmt.Errorf("%s: %w", about, err)
	}
	var errs []error
	for _, e := range joined.Unwrap() {
		errs = append(errs, prefixed(about, e))
	}
	return errors.Join(errs...)
}

func compileKind(k sdk.Kind) (*kindType, *manifest.Kind, error) {
	if err := checkHyphened(k.Name); err != nil {
		return nil, nil, err
	}
	if k.New == nil {
		return nil, nil, errors.New("New is missing")
	}
	component := k.New()
	if component == nil {
		return nil, nil, errors.New("New returns nil")
	}
	receiver := reflect.TypeOf(component)
	kind := &kindType{name: k.Name, make: k.New, objects: map[reflect.Type]*objectType{}, events: map[reflect.Type]bool{}}
	described := &manifest.Kind{Name: k.Name, Doc: k.Doc}

	errs := []error{kind.compileConfig(receiver, described)}
	for _, o := range k.Objects {
		errs = append(errs, kind.declareObject(o))
	}
	var err error
	kind.methods, described.Methods, err = compileMethods(
		k.Methods, receiver, labNode, "a node has that itself", kind.objects)
	kind.compileDrawn(k.Methods)
	errs = append(errs, err, kind.compileConfigure(receiver, described))
	for _, o := range k.Objects {
		errs = append(errs, kind.compileObject(o, described))
	}
	for _, e := range k.Events {
		errs = append(errs, kind.compileEvent(e, described))
	}
	errs = append(errs, kind.compileMessages(k.Messages, described))
	return kind, described, errors.Join(errs...)
}

func (k *kindType) compileConfig(receiver reflect.Type, described *manifest.Kind) error {
	if receiver.Kind() != reflect.Pointer || receiver.Elem().Kind() != reflect.Struct {
		if receiver.Kind() != reflect.Struct {
			return nil
		}
		_, params, _ := inputOf(receiver, true, labConfig, "")
		if len(params) > 0 {
			return fmt.Errorf("New returns a %s, whose configuration cannot be set; return a pointer to it", receiver)
		}
		return nil
	}
	in, params, err := inputOf(receiver.Elem(), true, labConfig, "a parameter of lab.add itself")
	if err != nil {
		return prefixed("config", err)
	}
	mains := 0
	for _, p := range params {
		if p.Main {
			mains++
		}
	}
	if mains > 1 {
		return fmt.Errorf("config: %d fields are tagged main; a node has one main address", mains)
	}
	k.config, described.Config = in, params
	return nil
}

func (k *kindType) declareObject(o sdk.ObjectType) error {
	if err := checkWord(o.Name, nil, ""); err != nil {
		return fmt.Errorf("object %q: %w", o.Name, err)
	}
	t := reflect.TypeOf(o.Of)
	if t == nil || t.Kind() != reflect.Pointer {
		return fmt.Errorf("object %q: Of must be a pointer of its type, such as (*conn)(nil), not %T", o.Name, o.Of)
	}
	if k.objects[t] != nil {
		return fmt.Errorf("object %q: %s is an object already", o.Name, t)
	}
	k.objects[t] = &objectType{name: o.Name}
	return nil
}

func (k *kindType) compileObject(o sdk.ObjectType, described *manifest.Kind) error {
	t := reflect.TypeOf(o.Of)
	object := k.objects[t]
	if object == nil {
		return nil // declareObject has said why
	}
	for _, other := range described.Objects {
		if other.Name == o.Name {
			return fmt.Errorf("object %q: the name is given twice", o.Name)
		}
	}
	methods, list, err := compileMethods(o.Methods, t, labAnswer, "every answer has that itself", k.objects)
	for _, m := range list {
		if m.Result != nil {
			err = errors.Join(err, undrawn(m.Result.Fields))
		}
	}
	if err != nil {
		return prefixed(fmt.Sprintf("object %q", o.Name), err)
	}
	object.methods = methods
	d := &manifest.ObjectType{Name: o.Name, Doc: o.Doc, Methods: list}
	if t.Elem().Kind() == reflect.Struct {
		if d.Fields, err = objectFields(t.Elem(), list); err != nil {
			return prefixed(fmt.Sprintf("object %q", o.Name), err)
		}
		object.hasFields = len(d.Fields) > 0
	}
	described.Objects = append(described.Objects, d)
	return nil
}

// objectFields describes the exported fields of an object's type; a script reads them where it calls the methods, so no
// two may share a name.
func objectFields(t reflect.Type, methods []*manifest.Method) ([]*manifest.Parameter, error) {
	fields, err := outputFields(t, labAnswer, "every answer has that itself", 0)
	err = errors.Join(err, undrawn(fields))
	for _, f := range fields {
		for _, m := range methods {
			if f.Name == m.Name {
				err = errors.Join(err, fmt.Errorf("field %q: a method has that name", f.Name))
			}
		}
	}
	return fields, err
}

func (k *kindType) compileEvent(event any, described *manifest.Kind) error {
	t := eventType(event)
	if t == nil {
		return fmt.Errorf("event %T: want a struct", event)
	}
	name := value.SnakeCase(t.Name())
	if name == "" {
		return fmt.Errorf("event %T: want a type with a name", event)
	}
	for _, other := range described.Events {
		if other.Name == name {
			return fmt.Errorf("event %q: the name is given twice", name)
		}
	}
	fields, err := outputFields(t, labEvent, "a word of events themselves", 0)
	if err = errors.Join(err, undrawn(fields)); err != nil {
		return fmt.Errorf("event %q: %w", name, err)
	}
	described.Events = append(described.Events, &manifest.EventType{Name: name, Fields: fields})
	k.events[t] = true
	return nil
}

func (k *kindType) compileMessages(list []sdk.MessageType, described *manifest.Kind) error {
	if list == nil {
		return nil
	}
	k.messages, described.ListsMessages = map[string][]string{}, true
	for _, m := range list {
		if _, twice := k.messages[m.Name]; m.Name == "" || twice {
			return fmt.Errorf("message %q: want a name, and no other message of that name", m.Name)
		}
		d := &manifest.MessageType{Name: m.Name, Doc: m.Doc}
		names := []string{}
		if m.Fields != nil {
			t := reflect.TypeOf(m.Fields)
			if t.Kind() != reflect.Struct {
				return fmt.Errorf("message %q: Fields is a %s, want a struct", m.Name, t)
			}
			var err error
			d.Fields, err = outputFields(t, labMessage, "a word of lab.messages itself", 0)
			if err = errors.Join(err, undrawn(d.Fields)); err != nil {
				return fmt.Errorf("message %q: %w", m.Name, err)
			}
		}
		for _, f := range d.Fields {
			names = append(names, f.Name)
		}
		k.messages[m.Name] = names
		described.Messages = append(described.Messages, d)
	}
	return nil
}
