package link

import (
	"encoding/binary"
	"math/rand/v2"

	"github.com/cespare/xxhash/v2"
)

// Source returns the random stream of that name in the run with that seed. Streams are keyed by name, never by order
// of creation, so that adding a node or a link shifts nobody else's draws. Names in use: "node:NAME#INCARNATION",
// "link:FROM>TO", "task:NUMBER".
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
