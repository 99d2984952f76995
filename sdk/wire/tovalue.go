package wire

import (
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/protobuf/proto"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// ToValue turns a Go value of those listed in sdk/value into its form on the wire. Text that is not UTF-8 travels as
// data, because the wire's text must be UTF-8. Other types are first turned by value.ValueOf; ToValue panics when that
// cannot be done, so whoever takes values from a component checks them first.
func ToValue(v any) *Value {
	out := new(Value)
	set(out, v, 0)
	return out
}

// EncodeValue is ToValue, encoded.
func EncodeValue(v any) []byte {
	data, err := proto.Marshal(ToValue(v))
	if err != nil { // its texts are UTF-8, and nothing else can be wrong with it
		panic("wire: " + err.Error())
	}
	return data
}

// ToFields turns Go fields into their form on the wire.
func ToFields(fields value.Fields) *Fields { return toFields(fields, 0) }

// maxDepth bounds the nesting of values, maxValues how many there are in one.
const (
	maxDepth  = 32
	maxValues = 1 << 20
)

// set writes v to out. It fills what the caller has allocated, so that lists and fields are allocated as one block.
func set(out *Value, v any, depth int) {
	if depth > maxDepth {
		panic(fmt.Sprintf("wire: value nested deeper than %d", maxDepth))
	}
	switch v := v.(type) {
	case nil:
		out.Of = &Value_None{None: true}
	case bool:
		out.Of = &Value_Boolean{Boolean: v}
	case int64:
		out.Of = &Value_Integer{Integer: v}
	case int:
		out.Of = &Value_Integer{Integer: int64(v)}
	case float64:
		out.Of = &Value_Real{Real: v}
	case string:
		if !utf8.ValidString(v) {
			out.Of = &Value_Data{Data: []byte(v)}
			return
		}
		out.Of = &Value_Text{Text: v}
	case []byte:
		out.Of = &Value_Data{Data: v}
	case time.Duration:
		out.Of = &Value_Duration{Duration: int64(v)}
	case link.Rate:
		out.Of = &Value_Rate{Rate: int64(v)}
	case link.Draw:
		out.Of = &Value_Draw{Draw: ToDraw(v)}
	case value.Addr:
		out.Of = &Value_Address{Address: Text(string(v))}
	case value.Node:
		out.Of = &Value_Node{Node: Text(string(v))}
	case value.Object:
		out.Of = &Value_Object{Object: &Object{
			Node: v.Node, Incarnation: int64(v.Incarnation), Id: v.ID, Type: v.Type, Fields: objectFields(v, depth+1),
		}}
	case value.Function:
		out.Of = &Value_Function{Function: toFunction(v, depth+1)}
	case []any:
		out.Of = &Value_List{List: toList(v, depth+1)}
	case value.Fields:
		out.Of = &Value_Fields{Fields: toFields(v, depth+1)}
	default:
		plain, err := value.ValueOf(reflect.ValueOf(v))
		if err != nil {
			panic("wire: " + err.Error())
		}
		set(out, plain, depth+1)
	}
}

// objectFields are absent when there are none, so that a reference alone stays small.
func objectFields(o value.Object, depth int) *Fields {
	if len(o.Fields) == 0 {
		return nil
	}
	return toFields(o.Fields, depth)
}

func toList(list []any, depth int) *List {
	block := make([]Value, len(list))
	items := make([]*Value, len(list))
	for i := range list {
		set(&block[i], list[i], depth)
		items[i] = &block[i]
	}
	return &List{Items: items}
}

func toFields(fields value.Fields, depth int) *Fields {
	if len(fields) == 0 {
		return &Fields{}
	}
	type pair struct {
		field Fields_Field
		value Value
	}
	block := make([]pair, len(fields))
	out := make([]*Fields_Field, len(fields))
	for i := range fields {
		p := &block[i]
		set(&p.value, fields[i].Value, depth)
		p.field.Name = Text(fields[i].Name)
		p.field.Value = &p.value
		out[i] = &p.field
	}
	return &Fields{Fields: out}
}

// ToDraw turns a distribution into its form on the wire.
func ToDraw(d link.Draw) *Draw {
	return &Draw{Distribution: Draw_Distribution(d.Distribution), A: int64(d.A), B: int64(d.B), Shape: d.Shape}
}

// ToEvent turns an event into its form on the wire.
func ToEvent(e value.Event) *Event {
	return &Event{
		At: int64(e.At), Node: Text(e.Node), Seq: e.Seq, Class: uint32(e.Class),
		Name: Text(e.Name), Fields: ToFields(e.Fields), Number: e.Number, Cause: toCause(e.Cause),
	}
}

// Text makes s fit for a text on the wire, which must be UTF-8: other bytes become U+FFFD. Use it for names, errors and
// log lines; values go through ToValue, which loses nothing.
func Text(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}
