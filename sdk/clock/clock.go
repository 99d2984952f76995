// Package clock is the arithmetic of a node's clock that does not go true: how a clock fault changes what the node
// reads and how long it waits. It has no clock of its own; true time goes in as an argument. Both engines call it,
// which is why a clock fault means the same in virtual time and on the machine's.
//
// A clock has a speed and an offset. What the node reads follows both. How long it waits, for a sleep, a timer or a
// deadline, follows the speed only: a clock that is moved forward by an hour ends no wait that is under way, nor one that
// begins with a deadline that was read before. A change of the speed does: half of what is left at double the speed.
package clock

import (
	"fmt"
	"math"
	"math/bits"
	"strings"
	"time"
)

// The bounds of a node's clock.
const (
	MinSpeed  = 0.01
	MaxSpeed  = 100.0
	MaxOffset = 100 * 365 * 24 * time.Hour
)

// unit is how the speed is kept: in billionths. So all arithmetic is exact.
const unit = 1_000_000_000

// Clock is how a node's clock differs from true time. It is a value: a fault puts another one in its place. The zero
// Clock is true.
type Clock struct {
	since  time.Time     // true time from which the speed counts
	gained time.Duration // by what other speeds have put it ahead until then
	offset time.Duration
	zone   *time.Location // of readings: see zoneOf; nil for unmoved
	speed  int64          // billionths of seconds in a second of true time; 0 stands for unit
}

// Validate says whether a clock may go like this, with values and range when it may not.
func Validate(speed float64, offset time.Duration) error {
	if !(speed >= MinSpeed && speed <= MaxSpeed) {
		return fmt.Errorf("speed is %v, want %v to %v", speed, MinSpeed, MaxSpeed)
	}
	if offset.Abs() > MaxOffset {
		return fmt.Errorf("offset is %v, want at most 100 years in either direction", offset)
	}
	return nil
}

// Set returns the clock that goes at that speed from the true time t on, and is moved by offset in all. What speeds
// have gained or lost before stays; an offset that was there before does not. The two must be valid.
func (c Clock) Set(t time.Time, speed float64, offset time.Duration) Clock {
	return Clock{since: t, gained: c.Gained(t), offset: offset, zone: zoneOf(offset), speed: int64(math.Round(speed * unit))}
}

// Gained is by how much its speeds have put the clock ahead by the true time t; its offset does not count.
func (c Clock) Gained(t time.Time) time.Duration {
	if c.isTrue() {
		return c.gained
	}
	passed := max(t.Sub(c.since), 0)
	return add(c.gained, scale(passed, c.speed, unit, false)-passed)
}

// Now is what the clock shows at the true time t. It is in UTC.
func (c Clock) Now(t time.Time) time.Time {
	zone := c.zone
	if zone == nil {
		zone = unmoved
	}
	ahead := add(c.Gained(t), c.offset)
	if ahead == 0 { // as nearly always, and adding to a Time costs
		return t.In(zone)
	}
	return t.Add(ahead).In(zone)
}

// Mark is a moment of a clock, from which Since counts.
type Mark struct {
	at     time.Time // true
	gained time.Duration
}

// Mark is the true time t on the clock.
func (c Clock) Mark(t time.Time) Mark { return Mark{t, c.Gained(t)} }

// Since is how much has passed on the clock from m to the true time t, whatever was done to its offset meanwhile.
func (c Clock) Since(m Mark, t time.Time) time.Duration {
	return add(t.Sub(m.at), c.Gained(t)-m.gained)
}

// Wait is how much true time passes while d passes on the clock: at least so much that the clock then shows d more. It
// is never 0 when d is not.
func (c Clock) Wait(d time.Duration) time.Duration {
	if d <= 0 || c.isTrue() {
		return d
	}
	return scale(d, unit, c.speed, true)
}

// Passed is how much passes on the clock in d of true time.
func (c Clock) Passed(d time.Duration) time.Duration {
	if d <= 0 || c.isTrue() {
		return d
	}
	return scale(d, c.speed, unit, false)
}

// Until is how much true time there is, at the true time t, before a deadline on the clock.
func (c Clock) Until(deadline, t time.Time) time.Duration { return c.Wait(Sub(deadline, c.Now(t))) }

// Sub is t less u. When both come from Now, what was done to the clock's offset between the two readings does not count.
func Sub(t, u time.Time) time.Duration {
	d := t.Sub(u)
	later, read := offsetOf(t)
	earlier, both := offsetOf(u)
	if read && both {
		d = add(d, earlier-later)
	}
	return d
}

// unmoved is the location of what a clock shows while it has no offset.
var unmoved = time.FixedZone("UTC", 0)

// zonePrefix begins the name of a location that tells an offset.
const zonePrefix = "UTC, moved by "

// zoneOf is a location in which a reading remembers by which offset it was moved, as a time of Go's own remembers the
// monotonic clock: a component that reads its clock, adds five seconds and waits until then means five seconds, also when
// a fault moves its clock in between.
func zoneOf(offset time.Duration) *time.Location {
	if offset == 0 {
		return unmoved
	}
	return time.FixedZone(zonePrefix+offset.String(), 0)
}

// offsetOf is the offset that a reading remembers; false for a time that comes from elsewhere.
func offsetOf(t time.Time) (offset time.Duration, read bool) {
	if t.Location() == unmoved {
		return 0, true
	}
	text, read := strings.CutPrefix(t.Location().String(), zonePrefix)
	if !read {
		return 0, false
	}
	offset, err := time.ParseDuration(text)
	return offset, err == nil
}

// Rest is how much true time there is left of a wait when this clock comes in the place of another one, by which left
// of true time had been left.
func (c Clock) Rest(left time.Duration, before Clock) time.Duration {
	if left <= 0 || c.AsFastAs(before) {
		return left
	}
	return scale(left, before.rate(), c.rate(), true)
}

// AsFastAs tells whether the two go at one speed.
func (c Clock) AsFastAs(other Clock) bool { return c.rate() == other.rate() }

func (c Clock) isTrue() bool { return c.speed == 0 || c.speed == unit }

func (c Clock) rate() int64 {
	if c.speed == 0 {
		return unit
	}
	return c.speed
}

// scale is d*by/over, rounded down, or up; d must not be negative. What does not fit is cut off at the longest
// duration.
func scale(d time.Duration, by, over int64, up bool) time.Duration {
	hi, lo := bits.Mul64(uint64(d), uint64(by))
	if hi >= uint64(over) {
		return math.MaxInt64
	}
	quotient, rest := bits.Div64(hi, lo, uint64(over))
	if up && rest > 0 {
		quotient++
	}
	return time.Duration(min(quotient, math.MaxInt64))
}

// add adds without overflow.
func add(a, b time.Duration) time.Duration {
	switch {
	case b > 0 && a > math.MaxInt64-b:
		return math.MaxInt64
	case b < 0 && a < math.MinInt64-b:
		return math.MinInt64
	}
	return a + b
}
