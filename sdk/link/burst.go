package link

import (
	"fmt"
	"strings"
	"time"
)

// Burst is loss that comes in bursts: the model of Gilbert (1960) and Elliott (1963), a chain of two states that makes
// one step for each slot of time, whatever is sent. In the long run a link is bad in Bad/(Bad+Good) of all slots, in
// 1/Good of them in a row on average. The zero Burst is none.
type Burst struct {
	Bad  float64       // chance that a good link turns bad with the next slot
	Good float64       // chance that a bad link turns good with the next slot
	Loss float64       // chance that a packet is lost while the link is bad; while it is good none is
	Slot time.Duration // how long a slot is
}

// DefaultSlot is the slot of a burst that names none.
const DefaultSlot = 10 * time.Millisecond

// String reads as a script would write it: "burst(0.01, 0.25)", "burst(0.01, 0.25, loss = 0.5, slot = 1ms)".
func (b Burst) String() string {
	text := fmt.Sprintf("burst(%v, %v", b.Bad, b.Good)
	if b.Loss != 1 {
		text += fmt.Sprintf(", loss = %v", b.Loss)
	}
	if b.Slot != DefaultSlot {
		text += ", slot = " + notation(b.Slot)
	}
	return text + ")"
}

// notation is a duration as scripts write it.
func notation(d time.Duration) string {
	if d != 0 && d.Abs() < time.Microsecond {
		return fmt.Sprintf("%gus", float64(d)/float64(time.Microsecond))
	}
	return strings.Replace(d.String(), "µ", "u", 1)
}

// Validate says which parameter is outside its range, with its value.
func (b Burst) Validate() error {
	for _, f := range []struct {
		name   string
		chance float64
	}{{"bad", b.Bad}, {"good", b.Good}, {"loss", b.Loss}} {
		if !(f.chance >= 0 && f.chance <= 1) {
			return fmt.Errorf("%v: %s is %v, want a probability from 0 to 1", b, f.name, f.chance)
		}
	}
	if b.Good == 0 {
		return fmt.Errorf("%v: good is 0, want more than 0: a burst would never end", b)
	}
	if b.Slot <= 0 {
		return fmt.Errorf("%v: slot is %s, want more than 0s", b, notation(b.Slot))
	}
	return nil
}

// Bursts says in which slots a link is bad. That is a function of the link's key and the slot's number alone, so it does
// not depend on what was sent, nor on when and how often the question was asked.
type Bursts struct {
	key  uint64
	law  Burst // of the answer that is kept
	slot int64 // the slot of that answer
	bad  bool
}

// NewBursts are those of the link with that key.
func NewBursts(key uint64) Bursts { return Bursts{key: key} }

// era is after how many slots the chain begins anew, in a state drawn from its long run. It bounds how far Bad looks
// back, where a chain hardly ever turns: to about 2 ms of work.
const era = 1 << 20

// Bad reports whether the link is bad at that instant, for a valid burst.
func (s *Bursts) Bad(b Burst, at time.Duration) bool {
	b.Loss = 0 // has no part in the chain
	slot := int64(at / b.Slot)
	if slot == s.slot && b == s.law {
		return s.bad
	}
	s.bad = s.find(b, slot)
	s.law, s.slot = b, slot
	return s.bad
}

// find looks back from a slot for one whose state is known. A slot has one variate u, and a good link turns bad when
// u < Bad, a bad one turns good when u >= 1-Good. So most values of u decide the state of their slot whatever it was
// before; the others keep it, or turn it when Bad+Good > 1.
func (s *Bursts) find(b Burst, slot int64) bool {
	turned := false
	for k := slot; ; k-- {
		u := unit(Mix(s.key + uint64(k)*Golden))
		toBad, toGood := u < b.Bad, u >= 1-b.Good
		switch {
		case k%era == 0:
			return (u < b.Bad/(b.Bad+b.Good)) != turned
		case k == s.slot && b == s.law:
			return s.bad != turned
		case toBad != toGood:
			return toBad != turned
		}
		turned = turned != toBad // both or neither
	}
}
