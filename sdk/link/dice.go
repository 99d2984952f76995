package link

import "time"

// dice are the variates of one send, whose key they are: every purpose derives its own variates from it. So turning loss
// on does not shift the jitter, and a purpose may use as many variates as it likes.
type dice uint64

// The purposes. A new one takes a new number: that shifts no other.
const (
	forLatency uint64 = iota + 1
	forJitter
	forLoss
	forDuplicate
	forReorder
	forCorrupt
	forBit
	forCopyLatency
	forCopyJitter
	_ // the segments of a stream, once
	_ // a step of a burst, once
	forBurstLoss
)

// Golden is 2^64 over the golden ratio, the increment of SplitMix64 (Steele, Lea and Flood, 2014): Mix(x + n*Golden) for
// n = 1, 2, ... are random numbers.
const Golden = 0x9e3779b97f4a7c15

// Mix is the output function of SplitMix64. It spreads 64 bits over 64 bits: each bit of x moves half of the result.
func Mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// unit turns 64 random bits into a uniform variate in [0, 1).
func unit(x uint64) float64 { return float64(x>>11) * 0x1p-53 }

// roll is the one uniform variate of a purpose.
func (d dice) roll(purpose uint64) float64 { return unit(Mix(uint64(d) + purpose*Golden)) }

// sequence starts an endless sequence of variates of a purpose.
func (d dice) sequence(purpose uint64) sequence {
	return sequence(Mix(uint64(d) + purpose*Golden))
}

type sequence uint64

func (s *sequence) next() float64 {
	*s += Golden
	return unit(Mix(uint64(*s)))
}

// draw samples a distribution for a purpose.
func (d dice) draw(from Draw, purpose uint64) time.Duration {
	if from.Distribution == Fixed {
		return from.A
	}
	s := d.sequence(purpose)
	return from.Sample(s.next(), s.next())
}
