package trace

import (
	"slices"
	"sync"

	"github.com/netlab-dev/netlab/sdk/network"
)

// maxPackets is how many packets are kept of a run: some 20 MB of them.
const maxPackets = 50_000

// Packets keeps the latest packets of a run. The zero value is empty and ready. It is safe for concurrent use.
type Packets struct {
	mu     sync.Mutex
	list   []network.Packet
	oldest int // index in list, once that is full
	left   int // how many had to make room
}

// Add keeps a copy of the packet.
func (s *Packets) Add(p *network.Packet) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.list) < maxPackets {
		s.list = append(s.list, network.Packet{})
		put(&s.list[len(s.list)-1], p)
		return
	}
	put(&s.list[s.oldest], p)
	s.oldest = (s.oldest + 1) % maxPackets
	s.left++
}

// put copies a packet and its head, whose memory is used again.
func put(to, p *network.Packet) {
	head := append(to.Head[:0], p.Head...)
	*to = *p
	to.Head = head
}

// All returns copies of what is kept, in the order in which the fates were known, and how many packets before were not. In
// live the network goes on meanwhile.
func (s *Packets) All() (list []network.Packet, left int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list = append(list, s.list[s.oldest:]...)
	list = append(list, s.list[:s.oldest]...)
	for i := range list {
		list[i].Head = slices.Clone(list[i].Head)
	}
	return list, s.left
}
