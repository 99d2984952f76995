package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

// draws is the random source of an incarnation: the n-th draw of an instant is a function of the run's seed, the node, the
// incarnation, the instant and n. So a draw that is taken away, or one more, moves no draw of another instant.
type draws struct {
	world *World
	key   uint64
	at    time.Duration // the instant of the latest draw, -1 before the first
	next  uint64        // the state of SplitMix64 (Steele, Lea and Flood, 2014), which begins anew with each instant
}

// random is the random source of the incarnation with that number.
func (n *Node) random() *rand.Rand {
	key := link.Hash(n.world.config.Seed, fmt.Sprintf("node:%s#%d", n.name, n.number))
	return rand.New(&draws{world: n.world, key: key, at: -1})
}

func (d *draws) Uint64() uint64 {
	if d.at != d.world.now {
		d.at = d.world.now
		d.next = link.Mix(d.key ^ link.Mix(uint64(d.at)))
	}
	d.next += link.Golden
	return link.Mix(d.next)
}
