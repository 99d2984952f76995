package script

import (
	"fmt"
	"maps"
	"slices"
	"sort"
	"time"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// answer is the result of a method that returns a struct, or nothing: the fields, .ok (True) and .took.
type answer struct {
	record *star.Record // nil: the method returns nothing
	took   time.Duration
	node   *node // that has answered
	of     result.Call
}

var (
	_ starlark.HasAttrs   = (*answer)(nil)
	_ starlark.Comparable = (*answer)(nil)
	_ star.Answer         = (*answer)(nil)
)

func (a *answer) String() string {
	if a.record == nil {
		return "struct(ok = True)"
	}
	return a.record.String()
}

func (a *answer) Type() string         { return "struct" }
func (a *answer) Truth() starlark.Bool { return true }

func (a *answer) Freeze() {
	if a.record != nil {
		a.record.Freeze()
	}
}

func (a *answer) Hash() (uint32, error) {
	if a.record == nil {
		return 0, nil
	}
	return a.record.Hash()
}

// Attr returns a field of the result; a field of the kind's own that is named ok or took wins.
func (a *answer) Attr(name string) (starlark.Value, error) {
	if a.record != nil {
		if v := a.record.Get(name); v != nil {
			return v, nil
		}
	}
	switch name {
	case "ok":
		return starlark.True, nil
	case "failed", "unknown":
		return starlark.False, nil
	case "error":
		return starlark.None, nil
	case "took":
		return star.Duration(a.took), nil
	}
	return nil, star.NoAttr(a, name)
}

// AttrNames lists the fields.
func (a *answer) AttrNames() []string {
	names := []string{"ok", "failed", "unknown", "error", "took"}
	if a.record != nil {
		names = append(names, a.record.AttrNames()...)
	}
	sort.Strings(names)
	return names
}

// Record returns the fields, which are what is compared: how long the answer took is not.
func (a *answer) Record() *star.Record { return a.record }

// Answer says that it is one. It implements star.Answer.
func (a *answer) Answer() {}

// CompareSameType compares the fields.
func (a *answer) CompareSameType(op syntax.Token, y starlark.Value, depth int) (bool, error) {
	return a.record.CompareSameType(op, y, depth)
}

// errorValue is the answer of a method that has failed, or whose outcome is unknown. It is falsy and unequal to
// everything, itself included. The fields that the answer would have are None; a call of one of its methods fails.
type errorValue struct {
	run       *run
	node      *node // that was called
	what, why string
	unknown   bool
	of        result.Call // without a node: the call was not made
	fields    []string    // that the answer would have, nil: any
	methods   []string    // that the answer would have
}

var (
	_ starlark.HasAttrs   = (*errorValue)(nil)
	_ starlark.Comparable = (*errorValue)(nil)
)

func (f *errorValue) String() string {
	outcome := "failed"
	if f.unknown {
		outcome = "unknown"
	}
	return fmt.Sprintf("%s() %s: %s", f.what, outcome, f.why)
}

func (f *errorValue) Type() string         { return "error" }
func (f *errorValue) Freeze()              {}
func (f *errorValue) Truth() starlark.Bool { return false }

func (f *errorValue) Hash() (uint32, error) {
	return 0, fmt.Errorf("unhashable: %s", f)
}

// Attr answers every name that the answer could have.
func (f *errorValue) Attr(name string) (starlark.Value, error) {
	switch name {
	case "ok":
		return starlark.False, nil
	case "failed":
		return starlark.Bool(!f.unknown), nil
	case "unknown":
		return starlark.Bool(f.unknown), nil
	case "error":
		return starlark.String(f.why), nil
	}
	if slices.Contains(f.methods, name) {
		return f.method(name), nil
	}
	if f.fields != nil && !slices.Contains(f.fields, name) {
		return nil, star.NoAttr(f, name)
	}
	f.run.lastNone = f.String()
	return starlark.None, nil
}

// AttrNames lists the names that say something, and those of the answer.
func (f *errorValue) AttrNames() []string {
	return slices.Concat([]string{"error", "failed", "ok", "unknown"}, f.fields, f.methods)
}

// method is a method that the answer would have. A call of it fails as a check does: the cause is in the network.
func (f *errorValue) method(name string) starlark.Value {
	return load.Builtin(name, func(thread *starlark.Thread, _ *starlark.Builtin, _ starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
		c := localOf(thread).failure(fmt.Sprintf("%s; so there is no %s(): check(answer.ok) first, or see answer.failed", f, name))
		c.Source = trouble.Shorten(f.run.file.Line(c.Pos), maxShown)
		c.Nodes = []string{f.node.name}
		if f.of.Number > 0 {
			c.Calls = []result.Call{f.of}
		}
		return nil, c
	})
}

// methodsOfAnswer are the methods that an answer of a method has.
func (k *kind) methodsOfAnswer(result *manifest.Parameter) []string {
	if result == nil {
		return nil
	}
	switch typ := result.Type; {
	case typ.Lists > 0:
		return new(starlark.List).AttrNames()
	case typ.IsDict():
		return new(starlark.Dict).AttrNames()
	case typ.Base == value.String || typ.Base == value.Address:
		return starlark.String("").AttrNames()
	case typ.Base == value.Bytes:
		return starlark.Bytes("").AttrNames()
	case typ.Base == value.Objects && k.objects[typ.Object] != nil:
		return slices.Collect(maps.Keys(k.objects[typ.Object].methods))
	}
	return nil
}

// fieldsOfAnswer are the fields that an answer of a method has beside ok and the like; nil: any.
func (k *kind) fieldsOfAnswer(result *manifest.Parameter) []string {
	names := []string{"took"}
	if result == nil {
		return names
	}
	fields := result.Fields
	switch typ := result.Type; {
	case typ.Lists == 0 && typ.Base == value.Objects && k.objects[typ.Object] != nil:
		fields = k.objects[typ.Object].fields.Fields
	case typ.Lists > 0 || typ.Base != value.Struct || len(fields) == 0:
		return nil
	}
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

// CompareSameType never finds two equal.
func (f *errorValue) CompareSameType(op syntax.Token, _ starlark.Value, _ int) (bool, error) {
	switch op {
	case syntax.EQL:
		return false, nil
	case syntax.NEQ:
		return true, nil
	}
	return false, fmt.Errorf("error %s error: %s", op, f)
}
