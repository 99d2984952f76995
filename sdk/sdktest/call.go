package sdktest

import (
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// Answer is how a call has ended. None of OK, Unknown and Misuse means failed: it definitely did not happen.
type Answer struct {
	OK, Unknown, Misuse bool
	Value               any // one of the values of package value; the hint of a misuse
	Error               string
	At                  time.Duration
}

// Call calls a method of a node and lets time pass until it has answered, at most for an hour.
func (b *Bench) Call(node, method string, args sdk.Fields) Answer {
	b.t.Helper()
	return b.Await(b.Begin(node, method, args))
}

// CallObject is Call on an object that a method has returned.
func (b *Bench) CallObject(object any, method string, args sdk.Fields) Answer {
	b.t.Helper()
	return b.Await(b.Begin(object, method, args))
}

// Begin starts a method of a node, given by its name, or of an object that a method has returned. It runs when time
// passes next. The result is for Await.
func (b *Bench) Begin(on any, method string, args sdk.Fields) (call int64) {
	b.t.Helper()
	b.lastCall++
	c := &wire.Call{Id: b.lastCall, Method: method, Arguments: wire.ToFields(args)}
	switch on := on.(type) {
	case string:
		c.Node = on
	case value.Object:
		c.Node, c.Object, c.Incarnation = on.Node, on.ID, int64(on.Incarnation)
	default:
		b.t.Fatalf("%s: %v (%T) is neither a node's name nor an object", method, on, on)
	}
	b.calls = append(b.calls, c)
	return c.Id
}

// Await lets time pass until the call has answered, at most for an hour.
func (b *Bench) Await(call int64) Answer {
	b.t.Helper()
	for limit := b.now + time.Hour; b.replies[call] == nil && b.now < limit; {
		b.advance(limit, call) // a turn that has brought very many events ends before its time
	}
	r := b.replies[call]
	if r == nil {
		b.t.Fatalf("call %d has not answered within an hour of virtual time%s", call, b.whatWaits())
	}
	a := Answer{
		OK: r.GetStatus() == wire.Reply_OK, Unknown: r.GetStatus() == wire.Reply_UNKNOWN,
		Misuse: r.GetStatus() == wire.Reply_MISUSE,
		Error:  r.GetError(), At: time.Duration(r.GetAt()),
	}
	if r.GetValue() != nil {
		var err error
		if a.Value, err = wire.DecodeValue(r.GetValue()); err != nil {
			b.t.Fatalf("call %d: the answer: %v", call, err)
		}
	}
	return a
}
