package sim

import "github.com/netlab-dev/netlab/sdk"

// Ephemeral ports, those of IANA.
const (
	firstEphemeral = 49152
	lastPort       = 65535
)

// ports are the ports of one protocol at a node. Ephemeral ones are given out in turn, so that a port that was given
// back is not taken again soon.
type ports struct {
	taken map[int]struct{}
	next  int // ephemeral, less firstEphemeral
}

// claim takes a port, any ephemeral one for 0. ErrInUse when it is taken, ErrNoPort when all are.
func (p *ports) claim(port int) (int, error) {
	if port != 0 {
		return port, p.take(port)
	}
	const count = lastPort - firstEphemeral + 1
	for range count {
		port = firstEphemeral + p.next
		p.next = (p.next + 1) % count
		if p.take(port) == nil {
			return port, nil
		}
	}
	return 0, sdk.ErrNoPort
}

func (p *ports) take(port int) error {
	if _, taken := p.taken[port]; taken {
		return sdk.ErrInUse
	}
	if p.taken == nil {
		p.taken = map[int]struct{}{}
	}
	p.taken[port] = struct{}{}
	return nil
}

func (p *ports) release(port int) { delete(p.taken, port) }
