package wire

import (
	"fmt"

	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/value"
)

// ToManifest turns a manifest into its form on the wire.
func ToManifest(m *manifest.Manifest) *Manifest {
	return &Manifest{
		Name: m.Name, Version: m.Version, Doc: m.Doc, Features: m.Features, Lab: m.Lab, Kinds: each(m.Kinds, toKind),
		Modules: each(m.Modules, func(m *manifest.Module) *Module { return &Module{Name: m.Name, Text: m.Text, Plugin: m.Plugin} }),
	}
}

func toKind(k *manifest.Kind) *Kind {
	return &Kind{
		Name: k.Name, Doc: k.Doc, Config: each(k.Config, toParameter), Methods: each(k.Methods, toMethod),
		Objects: each(k.Objects, func(o *manifest.ObjectType) *ObjectType {
			return &ObjectType{
				Name: o.Name, Doc: o.Doc, Methods: each(o.Methods, toMethod), Fields: each(o.Fields, toParameter),
			}
		}),
		Events: each(k.Events, func(e *manifest.EventType) *EventType {
			return &EventType{Name: e.Name, Doc: e.Doc, Fields: each(e.Fields, toParameter)}
		}),
		Messages: each(k.Messages, func(m *manifest.MessageType) *MessageType {
			return &MessageType{Name: m.Name, Doc: m.Doc, Fields: each(m.Fields, toParameter)}
		}),
		ListsMessages: k.ListsMessages, Plugin: k.Plugin, PluginVersion: k.PluginVersion,
	}
}

func toMethod(m *manifest.Method) *Method {
	out := &Method{
		Name: m.Name, Doc: m.Doc, Arguments: each(m.Arguments, toParameter), Operation: m.Operation, Query: m.Query,
		Ending: m.Ending,
	}
	if m.Result != nil {
		out.Result = toParameter(m.Result)
	}
	return out
}

func toParameter(p *manifest.Parameter) *Parameter {
	out := &Parameter{
		Name: p.Name, Type: p.Type.Notation(), Doc: p.Doc, HasDefault: p.HasDefault, Main: p.Main, Live: p.Live,
		Address: p.Address, Program: p.Program, Draw: p.Draw, Fields: each(p.Fields, toParameter), OneOf: p.Limits.OneOf,
		Min: toBound(p.Limits.Min), Max: toBound(p.Limits.Max),
	}
	if p.HasDefault {
		out.DefaultValue = ToValue(p.Default)
	}
	return out
}

// toBound is a bound's form on the wire, nil for none.
func toBound(bound any) *Value {
	if bound == nil {
		return nil
	}
	return ToValue(bound)
}

// each is nil for none, as in a message that has come from the wire.
func each[A, B any](list []A, form func(A) B) []B {
	var out []B
	for _, item := range list {
		out = append(out, form(item))
	}
	return out
}

// FromManifest turns a manifest from the wire into the Go type. A type that this version does not know, and a default that
// is no value, are errors.
func FromManifest(m *Manifest) (*manifest.Manifest, error) {
	out := &manifest.Manifest{
		Name: m.GetName(), Version: m.GetVersion(), Doc: m.GetDoc(), Features: m.GetFeatures(), Lab: m.GetLab(),
	}
	for _, m := range m.GetModules() {
		out.Modules = append(out.Modules, &manifest.Module{Name: m.GetName(), Text: m.GetText(), Plugin: m.GetPlugin()})
	}
	var err error
	out.Kinds, err = tryEach("kind", m.GetKinds(), fromKind)
	return out, err
}

func fromKind(k *Kind) (*manifest.Kind, error) {
	out := &manifest.Kind{
		Name: k.GetName(), Doc: k.GetDoc(), ListsMessages: k.GetListsMessages(), Plugin: k.GetPlugin(),
		PluginVersion: k.GetPluginVersion(),
	}
	var err error
	if out.Config, err = fromParameters("parameter", k.GetConfig()); err != nil {
		return nil, err
	}
	if out.Methods, err = tryEach("method", k.GetMethods(), fromMethod); err != nil {
		return nil, err
	}
	if out.Objects, err = tryEach("object", k.GetObjects(), fromObject); err != nil {
		return nil, err
	}
	if out.Events, err = tryEach("event", k.GetEvents(), func(e *EventType) (*manifest.EventType, error) {
		fields, err := fromParameters("field", e.GetFields())
		return &manifest.EventType{Name: e.GetName(), Doc: e.GetDoc(), Fields: fields}, err
	}); err != nil {
		return nil, err
	}
	out.Messages, err = tryEach("message", k.GetMessages(), func(m *MessageType) (*manifest.MessageType, error) {
		fields, err := fromParameters("field", m.GetFields())
		return &manifest.MessageType{Name: m.GetName(), Doc: m.GetDoc(), Fields: fields}, err
	})
	return out, err
}

func fromMethod(m *Method) (*manifest.Method, error) {
	out := &manifest.Method{
		Name: m.GetName(), Doc: m.GetDoc(), Operation: m.GetOperation(), Query: m.GetQuery(), Ending: m.GetEnding(),
	}
	var err error
	if m.GetResult() != nil {
		if out.Result, err = parameterAt(m.GetResult(), 0); err != nil {
			return nil, fmt.Errorf("result: %w", err)
		}
	}
	out.Arguments, err = fromParameters("parameter", m.GetArguments())
	return out, err
}

func fromObject(o *ObjectType) (*manifest.ObjectType, error) {
	methods, err := tryEach("method", o.GetMethods(), fromMethod)
	if err != nil {
		return nil, err
	}
	fields, err := fromParameters("field", o.GetFields())
	return &manifest.ObjectType{Name: o.GetName(), Doc: o.GetDoc(), Methods: methods, Fields: fields}, err
}

func fromParameters(what string, list []*Parameter) ([]*manifest.Parameter, error) {
	return parametersAt(what, list, 0)
}

// parametersAt are parameters that lie so deep in others.
func parametersAt(what string, list []*Parameter, depth int) ([]*manifest.Parameter, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("fields nested deeper than %d", maxDepth)
	}
	return tryEach(what, list, func(p *Parameter) (*manifest.Parameter, error) { return parameterAt(p, depth) })
}

func parameterAt(p *Parameter, depth int) (*manifest.Parameter, error) {
	out := &manifest.Parameter{
		Name: p.GetName(), Doc: p.GetDoc(), HasDefault: p.GetHasDefault(), Main: p.GetMain(), Live: p.GetLive(),
		Address: p.GetAddress(), Program: p.GetProgram(), Draw: p.GetDraw(),
	}
	var err error
	if out.Type, err = value.ParseType(p.GetType()); err != nil {
		return nil, err
	}
	if p.GetHasDefault() && p.GetDefaultValue() != nil {
		if out.Default, err = FromValue(p.GetDefaultValue()); err != nil {
			return nil, fmt.Errorf("default: %w", err)
		}
	}
	if out.Limits, err = fromLimits(p); err != nil {
		return nil, err
	}
	out.Fields, err = parametersAt("field", p.GetFields(), depth+1)
	return out, err
}

func fromLimits(p *Parameter) (l value.Limits, err error) {
	l.OneOf = p.GetOneOf()
	if p.GetMin() != nil {
		if l.Min, err = FromValue(p.GetMin()); err != nil {
			return l, fmt.Errorf("min: %w", err)
		}
	}
	if p.GetMax() != nil {
		if l.Max, err = FromValue(p.GetMax()); err != nil {
			return l, fmt.Errorf("max: %w", err)
		}
	}
	return l, nil
}

// tryEach converts a list. An error names the item.
func tryEach[A interface{ GetName() string }, B any](what string, list []A, form func(A) (B, error)) ([]B, error) {
	var out []B
	for _, item := range list {
		converted, err := form(item)
		if err != nil {
			return nil, fmt.Errorf("%s %q: %w", what, item.GetName(), err)
		}
		out = append(out, converted)
	}
	return out, nil
}
