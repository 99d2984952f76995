package strategy

import (
	"math/rand/v2"
	"sort"
)

// Lottery draws backends in proportion to their weights. It never changes, so any number of tasks may draw.
type Lottery struct {
	backends []*Backend
	weights  []uint64
	upto     []uint64 // upto[i] is the sum of the weights of backends 0..i
	equal    bool     // all weights
}

// NewLottery makes the lottery of these backends, with the weights that they have now. One that starts slowly has less of
// its own, which changes all numbers of tickets and no shares but its own.
func NewLottery(backends []*Backend) *Lottery {
	l := &Lottery{backends: backends, weights: weightsNow(backends), upto: make([]uint64, len(backends)), equal: true}
	var sum uint64
	for i, weight := range l.weights {
		sum += weight
		l.upto[i] = sum
		l.equal = l.equal && l.weights[i] == l.weights[0]
	}
	return l
}

func (l *Lottery) total() uint64 { return l.upto[len(l.upto)-1] }

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
func (l *Lottery) Two(r *rand.Rand) (first, second int) { return l.two(r.Uint64()) }

func (l *Lottery) two(draw uint64) (first, second int) {
	first = l.at(draw >> 32 * l.total() >> 32)
	own := l.weights[first]
	ticket := draw & (1<<32 - 1) * (l.total() - own) >> 32
	if ticket >= l.upto[first]-own {
		ticket += own // the tickets of the first one are out
	}
	return first, l.at(ticket)
}

// contender is one of two backends that were drawn.
type contender struct {
	index   int
	pending float64 // its requests in flight
	load    float64 // its cost times one more than those
}

// prefers decides for the first or the second of two that two has drawn with the same draw. With equal weights the lower
// load wins, and of equals the first one drawn.
//
// Of unequal weights none must win always, or the lighter one would get nothing while both are idle. One more request
// would raise pending x cost / weight of the better one to a level T, which is the inverse of Envoy's effective weight,
// weight / (active + 1); each may be picked as far as there is room for requests below T. So the load follows the weights
// under load, and idle backends of equal cost get shares in proportion to their weights.
func (l *Lottery) prefers(first, second contender, draw uint64) bool {
	own, other := float64(l.weights[first.index]), float64(l.weights[second.index])
	if own == other || first.load == 0 || second.load == 0 {
		return first.load <= second.load
	}
	level := min(first.load/own, second.load/other)
	// The odds of being drawn as the first of these two, by which the shares come out right, over the weights.
	a := (float64(l.total()) - other) / own * first.room(level, own)
	b := (float64(l.total()) - own) / other * second.room(level, other)
	return float64(mix(draw)>>11)/(1<<53)*(a+b) < a
}

// room is how many requests a contender of that weight could take on until it is at the level.
func (c contender) room(level, weight float64) float64 {
	return max(0, level*weight*(c.pending+1)/c.load-c.pending)
}

// mix turns a number into one that looks random: the finalizer of splitmix64 (Steele, Lea, Flood: Fast Splittable
// Pseudorandom Number Generators, OOPSLA 2014). It is a bijection.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
