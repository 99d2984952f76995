package wire

import (
	"fmt"
	"reflect"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// ToProfile puts a link's profile into its form on the wire: the fields that are not zero, a burst and a
// codel as the lists of what they are made of.
func ToProfile(p link.Profile) *Fields {
	var fields value.Fields
	for _, f := range link.Fields {
		v := f.Of(p)
		if v == f.Zero {
			continue
		}
		switch of := v.(type) {
		case link.Burst:
			v = []any{of.Bad, of.Good, of.Loss, of.Slot}
		case link.Codel:
			v = []any{of.Target, of.Limit}
		}
		fields = append(fields, value.Field{Name: f.Name, Value: v})
	}
	return ToFields(fields)
}

// FromProfile turns a link's profile from the wire into the Go type. Absent, it is the ideal link.
func FromProfile(in *Fields) (p link.Profile, err error) {
	if in == nil {
		return p, nil
	}
	fields, err := FromFields(in)
	if err != nil {
		return p, err
	}
	for _, f := range fields {
		if list, ok := f.Value.([]any); ok {
			f.Value = fromList(list)
		}
		if err := p.Set(f.Name, f.Value); err != nil {
			return p, err
		}
	}
	return p, p.Validate()
}

// fromList is what a profile has as a list, or the list where it is neither: then no field takes it.
func fromList(list []any) any {
	var b link.Burst
	var c link.Codel
	switch {
	case unpack(list, &b.Bad, &b.Good, &b.Loss, &b.Slot):
		return b
	case unpack(list, &c.Target, &c.Limit):
		return c
	}
	return list
}

// unpack sets what it is given pointers to, and reports whether the list is of their types.
func unpack(list []any, to ...any) bool {
	if len(list) != len(to) {
		return false
	}
	for i, v := range list {
		ptr := reflect.ValueOf(to[i]).Elem()
		if reflect.TypeOf(v) != ptr.Type() {
			return false
		}
		ptr.Set(reflect.ValueOf(v))
	}
	return true
}

// FromEffect refuses an effect that this program's sdk does not know.
func FromEffect(number uint32) (link.Effect, error) {
	if effect := link.Effect(number); uint32(effect) == number && effect.Valid() {
		return effect, nil
	}
	return 0, fmt.Errorf("effect %d of a fault is not known to this plugin's sdk; build it with a newer one", number)
}
