package value

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Class says who wrote an event.
type Class uint8

// The classes of events. Scripts see those of components; reports and traces see all.
const (
	ClassComponent Class = iota // emitted by a component
	ClassFault                  // a fault or its end: crashed, cut, healed ...
	ClassCall                   // a method call or its reply
	ClassConn                   // a connection opened, refused, closed or reset
	ClassMessage                // a datagram of sdk.Messages was sent; recorded when a script asks for messages
	ClassLoss                   // a datagram was lost on a link, or nobody has received it; recorded as connections are
)

// Event is one entry of a trace.
type Event struct {
	At    time.Duration // since the run began
	Node  string
	Seq   uint64 // counts the node's events, over all its incarnations
	Class Class
	Name  string
	Fields
	// Number and Cause are for who draws the run, and part of no comparison. In sim, when all is recorded, events and packets
	// share one row of numbers; in live only calls have numbers, of their own.
	Number uint64
	Cause  Cause
}

// Cause names what something followed from: the event or packet of that number. 0 is the script, or what was not recorded.
type Cause struct {
	Of    uint64
	Timer bool // by way of a timer that was set because of it
}

// Look is the cause of what the script's queries do. They change nothing, so a task that one has woken goes on with what it
// followed from before.
var Look = Cause{Of: math.MaxUint64}

// Describe turns an event struct, as given to Emit, into its name and fields: names in snake case, or as the field's
// tag `lab:"name"` says.
func Describe(event any) (string, Fields, error) {
	v := reflect.ValueOf(event)
	for v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	if v.Kind() != reflect.Struct {
		return "", nil, fmt.Errorf("event %T: want a struct", event)
	}
	fields, err := StructFields(v)
	if err != nil {
		return "", nil, fmt.Errorf("event %T: %w", event, err)
	}
	return SnakeCase(v.Type().Name()), fields, nil
}

// SnakeCase turns a Go name into a script's name: BecameLeader into became_leader, ID into id.
func SnakeCase(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		if unicode.IsUpper(r) {
			startsWord := i > 0 && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
			if startsWord {
				b.WriteByte('_')
			}
			r = unicode.ToLower(r)
		}
		b.WriteRune(r)
	}
	return b.String()
}

// StructFields returns the exported fields of a struct as values for the wire.
func StructFields(v reflect.Value) (Fields, error) {
	fields, err := structOf(v, 0)
	if err != nil {
		return nil, err
	}
	return fields.(Fields), nil
}

type fieldPlan struct {
	index int
	name  string
}

var plans sync.Map // reflect.Type -> []fieldPlan

func planOf(t reflect.Type) []fieldPlan {
	if plan, ok := plans.Load(t); ok {
		return plan.([]fieldPlan)
	}
	var plan []fieldPlan
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			plan = append(plan, fieldPlan{i, FieldName(f)})
		}
	}
	plans.Store(t, plan)
	return plan
}

// FieldName is the name by which scripts know a struct's field.
func FieldName(f reflect.StructField) string {
	if name, _, _ := strings.Cut(f.Tag.Get("lab"), ","); name != "" {
		return name
	}
	return SnakeCase(f.Name)
}

// ValueOf turns a Go value into one of the values listed in value.go. Named integers and strings become plain ones,
// except the types listed there; structs become Fields, slices lists, maps with string or int keys Fields in order of key.
func ValueOf(v reflect.Value) (any, error) {
	return valueOf(v, 0)
}
