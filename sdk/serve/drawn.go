package serve

import (
	"cmp"
	"fmt"
	"math"
	"reflect"
	"slices"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// drawnQuery is a query whose answer has fields that pictures of a run show over time.
type drawnQuery struct {
	method *method
	fields []drawnField
}

// drawnField is a field of a struct that is drawn, or that has inner ones that are: of a struct, or of each struct of a
// list, which its first field names.
type drawnField struct {
	name  string
	index int
	inner []drawnField
	list  bool
}

func canBeDrawn(t value.Type) bool {
	switch t.Base {
	case value.Bool, value.Int, value.Float, value.String, value.Duration, value.Rate:
		return t.Lists == 0
	}
	return false
}

// undrawn refuses fields that are marked where nobody would draw them.
func undrawn(fields []*manifest.Parameter) error {
	for _, f := range fields {
		if f.Draw {
			return fmt.Errorf("field %q: draw marks what a query of a node answers, which takes no arguments", f.Name)
		}
		if err := undrawn(f.Fields); err != nil {
			return err
		}
	}
	return nil
}

// compileDrawn finds the queries with fields to be drawn. Their tags are known to be good.
func (k *kindType) compileDrawn(list []sdk.Method) {
	for _, m := range list {
		compiled := k.methods[m.Name]
		if compiled == nil || !compiled.query || compiled.results != 2 {
			continue
		}
		if fields := drawnFields(compiled.fn.Type().Out(0)); len(fields) > 0 {
			k.drawn = append(k.drawn, drawnQuery{compiled, fields})
		}
	}
}

func drawnFields(t reflect.Type) (fields []drawnField) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if _, plain := plainType(t); plain || t.Kind() != reflect.Struct {
		return nil
	}
	for i := range t.NumField() {
		f := t.Field(i)
		tag, err := parseTag(f)
		if err != nil || !f.IsExported() {
			continue
		}
		d := drawnField{name: tag.name, index: i, list: f.Type.Kind() == reflect.Slice}
		of := f.Type
		if d.list {
			of = of.Elem()
		}
		if d.inner = drawnFields(of); tag.draw || len(d.inner) > 0 {
			fields = append(fields, d)
		}
	}
	return fields
}

// sampler asks a node for what its kind wants drawn, and tells what has changed since it was asked before. Of a query that
// does not answer the values are nil, and the first time it tells why.
type sampler struct {
	instance *instance
	known    map[laneName]any
	tell     func(*wire.Sample) // with all but the time
	refused  []bool             // queries of which it has told why

	// What the fields were when the node was last asked, in the order in which they come: most have not changed.
	before []seenField
	at     int // of the field that comes next
}

// seenField is a number, a text or a truth value, without a copy of it in memory.
type seenField struct {
	lane laneName
	bits uint64
	text string
}

// laneName is a field, and which item of a list of structs it belongs to; "" for a field of the answer itself.
type laneName struct{ field, of string }

func newSampler(n *instance, tell func(*wire.Sample)) *sampler {
	return &sampler{instance: n, known: map[laneName]any{}, tell: tell, refused: make([]bool, len(n.kind.drawn))}
}

// maxLanes bounds the fields of one node that are drawn, since a list may be long, and maxDrawn the bytes of a text.
const (
	maxLanes = 200
	maxDrawn = 200
)

// sample asks every query by way of look, which runs it in a task of the node and says why that was more than a look.
func (s *sampler) sample(look func(func()) error) {
	s.at = 0
	for i := range s.instance.kind.drawn {
		q := &s.instance.kind.drawn[i]
		var answered bool
		var panicked error
		why := look(func() { answered, panicked = s.ask(q) })
		if why = cmp.Or(why, panicked); why != nil && !s.refused[i] {
			s.refused[i] = true
			s.tell(&wire.Sample{Node: wire.Text(s.instance.name), Name: q.method.name, Why: cut(why.Error())})
		}
		if why != nil || !answered {
			s.end(q.fields)
		}
	}
}

// ask asks one query. A panic is no failure of the node, which would not have been asked without a picture.
func (s *sampler) ask(q *drawnQuery) (answered bool, panicked error) {
	defer func() {
		if reason := recover(); reason != nil {
			panicked = fmt.Errorf("panic: %v", reason)
		}
	}()
	inv := invocation{method: q.method, in: [3]reflect.Value{s.instance.component, s.instance.envValue}}
	result, err := inv.call()
	if err == nil {
		s.fields("", q.fields, result)
	}
	return err == nil, nil
}

// end says that the fields of a query have no value now.
func (s *sampler) end(fields []drawnField) {
	s.before = s.before[:0]
	for lane, v := range s.known {
		if v != nil && drawnHere(fields, lane.field) {
			s.is(lane, nil)
		}
	}
}

func drawnHere(fields []drawnField, name string) bool {
	return slices.ContainsFunc(fields, func(f drawnField) bool {
		return f.inner == nil && f.name == name || drawnHere(f.inner, name)
	})
}

// is tells a new value of a lane.
func (s *sampler) is(lane laneName, v any) {
	s.known[lane] = v
	s.tell(&wire.Sample{Node: wire.Text(s.instance.name), Name: lane.field, Of: lane.of, Value: wire.ToValue(v)})
}

func (s *sampler) fields(of string, fields []drawnField, v reflect.Value) {
	if v = pointed(v); v.Kind() != reflect.Struct {
		return
	}
	for i := range fields {
		f := &fields[i]
		switch at := v.Field(f.index); {
		case f.inner == nil:
			s.field(laneName{f.name, of}, at)
		case !f.list:
			s.fields(of, f.inner, at)
		default:
			for j := range min(at.Len(), maxLanes) {
				s.fields(itemName(at.Index(j)), f.inner, at.Index(j))
			}
		}
	}
}

// pointed is what a pointer points to, in the end; no struct when that is nothing.
func pointed(v reflect.Value) reflect.Value {
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	return v
}

// itemName is what the first field of a struct says.
func itemName(v reflect.Value) string {
	if v = pointed(v); v.Kind() != reflect.Struct || v.NumField() == 0 || v.Field(0).Kind() != reflect.String {
		return ""
	}
	return cut(v.Field(0).String())
}

func cut(text string) string { return wire.Text(text[:min(len(text), maxDrawn)]) }

func (s *sampler) field(lane laneName, v reflect.Value) {
	if seen := (seenField{lane: lane}); seen.read(v) {
		if s.at == len(s.before) {
			s.before = append(s.before, seenField{})
		}
		last := &s.before[s.at]
		if s.at++; *last == seen {
			return
		}
		*last = seen
	}
	now, err := value.ValueOf(v)
	if text, ok := now.(string); ok {
		now = cut(text)
	}
	before, known := s.known[lane]
	if err != nil || known && before == now || !known && len(s.known) == maxLanes {
		return
	}
	s.is(lane, now)
}

// read takes the value of a field; not of one that is a pointer.
func (f *seenField) read(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Bool:
		if v.Bool() {
			f.bits = 1
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		f.bits = uint64(v.Int())
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		f.bits = v.Uint()
	case reflect.Float32, reflect.Float64:
		f.bits = math.Float64bits(v.Float())
	case reflect.String:
		f.text = v.String()
	default:
		return false
	}
	return true
}
