package strategy

import (
	"math/rand/v2"
	"sort"
)

// Lottery draws backends in proportion to their weights. It never changes, so any number of tasks may draw.
type Lottery struct {
	backends []*Backend
	upto     []uint64 // upto[i] is the sum of the weights of backends 0..i
}

// NewLottery makes the lottery of these backends, with the weights that they have now.
func NewLottery(backends []*Backend) *Lottery {
	l := &Lottery{backends: backends, upto: make([]uint64, len(backends))}
	var sum uint64
	for i, b := range backends {
		sum += uint64(b.Weight())
		l.upto[i] = sum
	}
	return l
}

func (l *Lottery) total() uint64 { return l.upto[len(l.upto)-1] }

func (l *Lottery) weight(i int) uint64 {
	if i == 0 {
		return l.upto[0]
	}
	return l.upto[i] - l.upto[i-1]
}

// at returns the backend that holds ticket x, 0 <= x < total.
func (l *Lottery) at(x uint64) int {
	if l.total() == uint64(len(l.upto)) { // each backend has one ticket
		return int(x)
	}
	return sort.Search(len(l.upto), func(i int) bool { return l.upto[i] > x })
}

// one draws a backend: the ticket is Uint64N(total), so that with all weights 1 it is the same draw as a script's
// request.rand.int(0, len(backends) - 1).
func (l *Lottery) one(r *rand.Rand) *Backend { return l.backends[l.at(r.Uint64N(l.total()))] }

// Two draws two distinct backends, the second in proportion to the weights of what is left. It takes one draw, a
// Uint64: the upper half makes the first ticket, the lower half the second. As long as the sum of weights stays far
// below 2^32 no backend is favoured noticeably. The lottery must hold at least two.
func (l *Lottery) Two(r *rand.Rand) (first, second int) {
	draw := r.Uint64()
	first = l.at(draw >> 32 * l.total() >> 32)
	own := l.weight(first)
	ticket := draw & (1<<32 - 1) * (l.total() - own) >> 32
	if ticket >= l.upto[first]-own {
		ticket += own // the tickets of the first one are out
	}
	return first, l.at(ticket)
}

// mix turns a number into one that looks random: the finalizer of splitmix64 (Steele, Lea, Flood: Fast Splittable
// Pseudorandom Number Generators, OOPSLA 2014). It is a bijection.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// golden is the increment of splitmix64: its multiples are spread evenly.
const golden = 0x9e3779b97f4a7c15
