package traffic

import (
	"math/rand/v2"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
)

// dice are random streams, one for each request of a drive. They depend on the seed and the request's number only, so
// that whatever is compared gets the same requests; and on their use, so that one option shifts no other's draws. One
// task uses them.
type dice struct {
	seed uint64
	use  string
	pcg  rand.PCG
	rand *rand.Rand
}

func newDice(seed uint64, use string) *dice {
	d := &dice{seed: seed, use: use}
	d.rand = rand.New(&d.pcg)
	return d
}

// of is the stream of request n, valid until the next one is asked for.
func (d *dice) of(n int) *rand.Rand {
	d.pcg.Seed(link.Hash(d.seed, d.use), link.Hash(uint64(n), d.use))
	return d.rand
}

// draw draws a duration for request n, none below 0.
func (d *dice) draw(n int, from sdk.Draw) time.Duration {
	r := d.of(n)
	return max(0, from.Sample(r.Float64(), r.Float64()))
}
