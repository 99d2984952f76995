package star

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/value"
)

// Record is a struct: what a method returns, a message, an event's fields, and what a script makes by struct(a = 1).
// Its fields keep their order and cannot be set.
type Record struct {
	names  []string
	values []starlark.Value
}

var (
	_ starlark.HasAttrs   = (*Record)(nil)
	_ starlark.Comparable = (*Record)(nil)
)

// NewRecord makes a record of fields that have travelled; resolve is as in FromValue.
func NewRecord(fields value.Fields, resolve func(ref any) starlark.Value) *Record {
	r := &Record{names: make([]string, len(fields)), values: make([]starlark.Value, len(fields))}
	for i, f := range fields {
		r.names[i], r.values[i] = f.Name, FromValue(f.Value, resolve)
	}
	return r
}

// StructOf makes a record of keyword arguments.
func StructOf(kwargs []starlark.Tuple) *Record {
	r := &Record{names: make([]string, len(kwargs)), values: make([]starlark.Value, len(kwargs))}
	for i, kw := range kwargs {
		r.names[i], r.values[i] = string(kw[0].(starlark.String)), kw[1]
	}
	return r
}

// With returns the record with one field set to another value; a field that is not there is left out.
func (r *Record) With(name string, value starlark.Value) *Record {
	changed := &Record{names: r.names, values: append([]starlark.Value(nil), r.values...)}
	for i := range changed.names {
		if changed.names[i] == name {
			changed.values[i] = value
		}
	}
	return changed
}

// Get returns the field's value, nil when there is none.
func (r *Record) Get(name string) starlark.Value {
	for i := range r.names {
		if r.names[i] == name {
			return r.values[i]
		}
	}
	return nil
}

// Text writes the fields as they are given to a constructor: role = "leader", term = 2.
func (r *Record) Text() string {
	t := texter{room: MaxPiece, out: new(strings.Builder), path: []starlark.Value{r}}
	if err := r.WriteFields(t.write, t.value); err != nil {
		t.out.WriteString(" ...")
	}
	return t.out.String()
}

// WriteFields writes the fields as Text does.
func (r *Record) WriteFields(text func(string) error, value func(starlark.Value) error) error {
	separator := ""
	for i, name := range r.names {
		if err := text(separator + name + " = "); err != nil {
			return err
		}
		if err := value(r.values[i]); err != nil {
			return err
		}
		separator = ", "
	}
	return nil
}

// WriteText is String for a Text that is bounded.
func (r *Record) WriteText(text func(string) error, value func(starlark.Value) error) error {
	if err := text("struct("); err != nil {
		return err
	}
	if err := r.WriteFields(text, value); err != nil {
		return err
	}
	return text(")")
}

func (r *Record) String() string       { return "struct(" + r.Text() + ")" }
func (r *Record) Type() string         { return "struct" }
func (r *Record) Truth() starlark.Bool { return true }

// Freeze makes the values of the fields immutable, too.
func (r *Record) Freeze() {
	for _, v := range r.values {
		v.Freeze()
	}
}

// Hash combines the hashes of the fields, whatever their order.
func (r *Record) Hash() (uint32, error) {
	sum := uint32(len(r.names))
	for i, name := range r.names {
		h, err := r.values[i].Hash()
		if err != nil {
			return 0, fmt.Errorf("field %s: %w", name, err)
		}
		n, _ := starlark.String(name).Hash() // a text always has one
		sum += (n*31 + h) * 0x9e3779b1
	}
	return sum, nil
}

// Attr returns a field.
func (r *Record) Attr(name string) (starlark.Value, error) {
	if v := r.Get(name); v != nil {
		left := visits(maxTravelledVisits)
		if countersOfBackends[name] {
			left.count(v, starlark.CompareLimit)
		}
		return v, left.check("field "+name, maxTravelledVisits)
	}
	return nil, NoAttr(r, name)
}

// AttrNames lists the fields.
func (r *Record) AttrNames() []string { return append([]string(nil), r.names...) }

// Recorded is a value that is a struct to scripts, of the type "struct", and compares as its record does.
type Recorded interface {
	starlark.Value
	// Record returns the fields; nil stands for none.
	Record() *Record
}

// Record returns the record itself.
func (r *Record) Record() *Record { return r }

// CompareSameType knows equality only: the same names, in whatever order, with equal values. Starlark takes all values
// whose type is called "struct" for values of one type.
func (r *Record) CompareSameType(op syntax.Token, y starlark.Value, depth int) (bool, error) {
	if op != syntax.EQL && op != syntax.NEQ {
		return false, fmt.Errorf("struct %s struct: structs have no order", op)
	}
	other, ok := y.(Recorded)
	if !ok {
		return op == syntax.NEQ, nil
	}
	same, err := r.equal(other.Record(), depth)
	return same == (op == syntax.EQL), err
}

func (r *Record) equal(other *Record, depth int) (bool, error) {
	if r == nil || other == nil {
		return r == other, nil
	}
	if len(r.names) != len(other.names) {
		return false, nil
	}
	for i, name := range r.names {
		value := other.values[i]
		if other.names[i] != name {
			value = other.Get(name)
		}
		if value == nil {
			return false, nil
		}
		if same, err := starlark.EqualDepth(r.values[i], value, depth-1); !same || err != nil {
			return false, err
		}
	}
	return true, nil
}
