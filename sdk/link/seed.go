package link

import (
	"encoding/binary"
	"math/rand/v2"
	"time"

	"github.com/cespare/xxhash/v2"
)

// Source returns the random stream of that name in the run with that seed. Streams are keyed by name, never by order
// of creation, so that adding a node or a link shifts nobody else's draws. Names in use: "node:NAME#INCARNATION"
// (live), "task:NUMBER".
func Source(seed uint64, name string) *rand.PCG {
	return rand.NewPCG(Hash(seed, name), Hash(^seed, name))
}

// Hash mixes a seed and a name into 64 bits.
func Hash(seed uint64, name string) uint64 {
	var head [8]byte
	binary.LittleEndian.PutUint64(head[:], seed)
	var d xxhash.Digest
	d.Reset()
	d.Write(head[:])
	d.WriteString(name)
	return d.Sum64()
}

// Streams are random streams of one name, one for each number: what is done for number n draws the same, whatever is done
// for others and in which order. One task uses them.
type Streams struct {
	seed uint64
	name string
	pcg  rand.PCG
	rand *rand.Rand
}

// NewStreams has the streams of that name. None is kept: that of a number is made when it is asked for.
func NewStreams(seed uint64, name string) *Streams {
	s := &Streams{seed: seed, name: name}
	s.rand = rand.New(&s.pcg)
	return s
}

// Of is the stream of number n from its beginning, valid until the next one is asked for.
func (s *Streams) Of(n int) *rand.Rand {
	s.pcg.Seed(Hash(s.seed, s.name), Hash(uint64(n), s.name))
	return s.rand
}

// Draw draws a duration from the stream of number n.
func (s *Streams) Draw(n int, from Draw) time.Duration {
	r := s.Of(n)
	return from.Sample(r.Float64(), r.Float64())
}
