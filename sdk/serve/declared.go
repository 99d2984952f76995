package serve

import (
	"fmt"
	"maps"
	"net"
	"reflect"
	"slices"
	"strings"

	"github.com/netlab-dev/netlab/sdk"
)

// declaredEnv is the environment of a kind's components. It lets them emit and send only what the kind lists: what is not
// in the manifest no script can ask for, and a misspelt check on it would hold for ever.
type declaredEnv struct {
	sdk.Env
	kind *kindType
}

// Emit panics when the event's type is not among the kind's Events.
func (l *declaredEnv) Emit(event any) {
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

// ListenPacket opens a socket by which OpenMessages knows the kind.
func (l *declaredEnv) ListenPacket(port int) (net.PacketConn, error) {
	conn, err := l.Env.ListenPacket(port)
	if err != nil || l.kind.messages == nil {
		return conn, err
	}
	return &declaredSocket{conn, l.kind}, nil
}

// declaredSocket is a socket of a kind that lists its messages.
type declaredSocket struct {
	net.PacketConn
	kind *kindType
}

// Unlisted is what sdk.Messages sends and receives by.
func (l *declaredSocket) Unlisted() net.PacketConn { return l.PacketConn }

// CheckMessage panics when this type, or a field of it, is not among the Messages of the kind.
func (l *declaredSocket) CheckMessage(typ string, fields sdk.Fields) {
	k := l.kind
	listed, ok := k.messages[typ]
	if !ok {
		panic(fmt.Sprintf("send: message %q is not among the Messages of kind %q, which are %s: list it there",
			typ, k.name, listOf(slices.Sorted(maps.Keys(k.messages)))))
	}
	for i := range fields {
		name := fields[i].Name
		if i < len(listed) && listed[i] == name { // as a rule they come in the order of the list
			continue
		}
		if !slices.Contains(listed, name) {
			panic(fmt.Sprintf("send: message %q has no field %q among the Messages of kind %q, but %s: list it there",
				typ, name, k.name, listOf(listed)))
		}
	}
}

func listOf(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}
