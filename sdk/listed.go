package sdk

import (
	"fmt"
	"reflect"
)

// listedEnv is the environment of a kind's components. It lets them emit only what the kind lists: an event that is not
// in the manifest is one that no script can ask for, and a misspelt check on it would hold for ever.
type listedEnv struct {
	Env
	kind *kindType
}

// Emit panics when the event's type is not among the kind's Events.
func (l *listedEnv) Emit(event any) {
	if t := eventType(event); t != nil && !l.kind.events[t] {
		panic(fmt.Sprintf("emit: %s is not among the Events of kind %q: list %s{} there", t, l.kind.name, t))
	}
	l.Env.Emit(event)
}

// eventType is the struct type of an event, nil for what is no struct and no pointer to one.
func eventType(event any) reflect.Type {
	t := reflect.TypeOf(event)
	for t != nil && t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t == nil || t.Kind() != reflect.Struct {
		return nil
	}
	return t
}
