package link

import (
	"fmt"
	"reflect"
	"time"
)

// Rate is a link's capacity in bits per second. Zero means unlimited.
type Rate int64

// The units of Rate.
const (
	Bit  Rate = 1
	Kbit      = 1000 * Bit
	Mbit      = 1000 * Kbit
	Gbit      = 1000 * Mbit
)

// Profile says how one direction of a link treats what is sent into it. The zero Profile is the ideal link: no delay,
// no limit, nothing lost.
type Profile struct {
	Latency   Draw    `field:"latency"`   // one-way delay; a fixed duration or a distribution
	Jitter    Draw    `field:"jitter"`    // added to Latency: a fixed duration d means uniform in -d..+d, a distribution is added as drawn
	Loss      float64 `field:"loss"`      // probability 0..1 that a datagram, a segment of a stream or an acknowledgement vanishes
	Burst     Burst   `field:"loss"`      // in place of Loss: loss that comes in bursts
	Duplicate float64 `field:"duplicate"` // probability that a datagram arrives twice
	Reorder   float64 `field:"reorder"`   // probability that a datagram skips the delay and overtakes those before it
	Corrupt   float64 `field:"corrupt"`   // probability that one bit of a datagram is flipped
	Rate      Rate    `field:"rate"`      // of the line, in payload; zero is unlimited
	Queue     int64   `field:"queue"`     // bytes that may wait for the line; what comes on top is dropped; zero is unlimited
	Codel     Codel   `field:"queue"`     // in place of Queue: a queue that keeps its delay short
	MTU       int64   `field:"mtu"`       // largest datagram in bytes; larger ones vanish; segment size of streams; zero is unlimited
}

// Field is a field of a Profile by the name that scripts use. Two have one name, because they take each other's place.
type Field struct {
	Name  string
	Zero  any // of the type that the field has: Draw, float64 for a probability, Burst, Rate, Codel, or int64 for bytes
	index int
}

// Fields are those of Profile: whoever reads, sets, checks or prints fields goes through this list.
var Fields = fields(reflect.TypeFor[Profile]())

func fields(t reflect.Type) (list []Field) {
	for f := range t.Fields() {
		list = append(list, Field{f.Tag.Get("field"), reflect.Zero(f.Type).Interface(), f.Index[0]})
	}
	return list
}

// Of is the field's value in a profile.
func (f Field) Of(p Profile) any { return reflect.ValueOf(p).Field(f.index).Interface() }

// Set sets the field of that name to a value of its type, and what it takes the place of to zero.
func (p *Profile) Set(name string, v any) error {
	var err error = fmt.Errorf("a profile has no field %q", name)
	for _, f := range Fields {
		if f.Name != name {
			continue
		}
		field := reflect.ValueOf(p).Elem().Field(f.index)
		if field.SetZero(); reflect.TypeOf(v) == field.Type() {
			field.Set(reflect.ValueOf(v))
			err = nil
		} else if err != nil {
			err = fmt.Errorf("%s is a %T, want a %T", name, v, f.Zero)
		}
	}
	return err
}

// QueueLimit is how many bytes may wait for the line; zero is unlimited.
func (p Profile) QueueLimit() int64 {
	if p.Codel.Limit > 0 {
		return p.Codel.Limit
	}
	return p.Queue
}

// Validate says which field is outside its range, with its value and the range.
func (p Profile) Validate() error {
	for _, f := range Fields {
		if err := p.validate(f.Name, f.Of(p)); err != nil {
			return err
		}
	}
	return nil
}

func (p Profile) validate(name string, v any) error {
	unit, number := "bytes", int64(0)
	switch v := v.(type) {
	case Draw:
		if err := v.Validate(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if swings := name == "jitter" && v.Distribution != Fixed; v.A < 0 && !(swings && v.A >= -Longest) {
			return fmt.Errorf("%s is %v, want 0s or more", name, v)
		}
	case float64:
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("%s is %v, want a probability from 0 to 1", name, v)
		}
	case Burst:
		switch {
		case v == Burst{}:
			return nil
		case p.Loss > 0:
			return fmt.Errorf("loss is both %v and %v, want one of them", p.Loss, v)
		}
		return v.Validate()
	case Codel:
		switch {
		case v == Codel{}:
			return nil
		case p.Queue > 0:
			return fmt.Errorf("queue is both %d bytes and %v, want one of them", p.Queue, v)
		}
		return v.Validate()
	case Rate:
		unit, number = "bits per second", int64(v)
	case int64:
		number = v
	}
	if number < 0 {
		return fmt.Errorf("%s is %d %s, want 0 (unlimited) or more", name, number, unit)
	}
	return nil
}

// Fate is what happens to one datagram. With jitter the second copy may arrive before the first.
type Fate struct {
	Copies  int              // how often it arrives: 0, 1 or 2
	At      [2]time.Duration // when, since the run began
	FlipBit int              // index of the bit to flip in the payload of every copy, -1 for none
	Why     Drop             // the reason when Copies is 0
}

// Drop is the reason why a datagram vanished.
type Drop uint8

// The reasons.
const (
	NotDropped Drop = iota
	DropCut
	DropLoss
	DropQueue
	DropMTU
)

// String is a word for the reason, empty for none.
func (d Drop) String() string {
	names := [...]string{NotDropped: "", DropCut: "cut", DropLoss: "loss", DropQueue: "queue", DropMTU: "mtu"}
	return names[min(int(d), len(names)-1)]
}
