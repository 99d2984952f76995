package wire

import (
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// FromValue turns a value from the wire into a Go value of those listed in sdk/value. A value that is absent or of a
// member that this version does not know is an error, as are values nested deeper than 32 or of more than a million
// parts.
func FromValue(v *Value) (any, error) {
	d := decoder{left: maxValues}
	return d.value(v, 0)
}

// DecodeValue is FromValue of a value that is encoded.
func DecodeValue(data []byte) (any, error) {
	var v Value
	if err := Unmarshal(data, &v); err != nil {
		return nil, err
	}
	return FromValue(&v)
}

// FromFields turns fields from the wire into Go fields. Nil gives none.
func FromFields(f *Fields) (value.Fields, error) {
	d := decoder{left: maxValues}
	return d.fields(f, 0)
}

type decoder struct{ left int }

func (d *decoder) value(v *Value, depth int) (any, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("value nested deeper than %d", maxDepth)
	}
	if d.left--; d.left < 0 {
		return nil, fmt.Errorf("value of more than %d parts", maxValues)
	}
	switch of := v.GetOf().(type) {
	case *Value_None:
		return nil, nil
	case *Value_Boolean:
		return of.Boolean, nil
	case *Value_Integer:
		return of.Integer, nil
	case *Value_Real:
		return of.Real, nil
	case *Value_Text:
		return of.Text, nil
	case *Value_Data:
		if of.Data == nil {
			return []byte{}, nil
		}
		return of.Data, nil
	case *Value_Duration:
		return time.Duration(of.Duration), nil
	case *Value_Rate:
		return link.Rate(of.Rate), nil
	case *Value_Draw:
		return FromDraw(of.Draw)
	case *Value_Address:
		return value.Addr(of.Address), nil
	case *Value_Node:
		return value.Node(of.Node), nil
	case *Value_Object:
		return d.object(of.Object, depth+1)
	case *Value_Function:
		return d.function(of.Function, depth+1)
	case *Value_List:
		return d.list(of.List, depth+1)
	case *Value_Fields:
		return d.fields(of.Fields, depth+1)
	}
	return nil, fmt.Errorf("a value of a form that this version does not know")
}

// room refuses more parts than are left, before memory is taken for them.
func (d *decoder) room(parts int) error {
	if parts > d.left {
		return fmt.Errorf("value of more than %d parts", maxValues)
	}
	return nil
}

func (d *decoder) object(o *Object, depth int) (any, error) {
	fields, err := d.fields(o.GetFields(), depth)
	if err != nil {
		return nil, err
	}
	return value.Object{
		Node: o.GetNode(), Incarnation: int(o.GetIncarnation()), ID: o.GetId(), Type: o.GetType(), Fields: fields,
	}, nil
}

func (d *decoder) list(l *List, depth int) (any, error) {
	if err := d.room(len(l.GetItems())); err != nil {
		return nil, err
	}
	list := make([]any, len(l.GetItems()))
	for i, item := range l.GetItems() {
		var err error
		if list[i], err = d.value(item, depth); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func (d *decoder) fields(f *Fields, depth int) (value.Fields, error) {
	items := f.GetFields()
	if len(items) == 0 {
		return nil, nil
	}
	if err := d.room(len(items)); err != nil {
		return nil, err
	}
	fields := make(value.Fields, len(items))
	for i, item := range items {
		v, err := d.value(item.GetValue(), depth)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", item.GetName(), err)
		}
		fields[i] = value.Field{Name: item.GetName(), Value: v}
	}
	return fields, nil
}

// FromDraw turns a distribution from the wire into the Go type. Absent, it is always 0.
func FromDraw(d *Draw) (link.Draw, error) {
	distribution := d.GetDistribution()
	if distribution < 0 || distribution > Draw_PARETO {
		return link.Draw{}, fmt.Errorf("a distribution (%d) that this version does not know", distribution)
	}
	return link.Draw{
		Distribution: link.Distribution(distribution),
		A:            time.Duration(d.GetA()),
		B:            time.Duration(d.GetB()),
		Shape:        d.GetShape(),
	}, nil
}

// FromEvent turns an event from the wire into the Go type.
func FromEvent(e *Event) (value.Event, error) {
	fields, err := FromFields(e.GetFields())
	if err != nil {
		return value.Event{}, fmt.Errorf("event %s of %s: %w", e.GetName(), e.GetNode(), err)
	}
	return value.Event{
		At: time.Duration(e.GetAt()), Node: e.GetNode(), Seq: e.GetSeq(), Class: value.Class(e.GetClass()),
		Name: e.GetName(), Fields: fields, Number: e.GetNumber(), Cause: fromCause(e.GetCause()),
	}, nil
}
