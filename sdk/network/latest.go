package network

import (
	"slices"
	"sync"
)

// MaxLatest is how many packets a Latest keeps: some 30 MB of them.
const MaxLatest = 50_000

// latestPage is how many packets it makes room for at a time: to move all would cost more than to keep them.
const latestPage = 1000

// Latest keeps the latest packets of a run. The zero value is empty and ready. It is safe for concurrent use.
type Latest struct {
	mu    sync.Mutex
	pages [][]Packet // of latestPage each
	added int        // so far, of which the last MaxLatest are kept
}

// at is the place of the packet that was added behind that many.
func (l *Latest) at(place int) *Packet {
	place %= MaxLatest
	return &l.pages[place/latestPage][place%latestPage]
}

// Add keeps a copy of the packet.
func (l *Latest) Add(p *Packet) {
	l.mu.Lock()
	if l.added == len(l.pages)*latestPage && l.added < MaxLatest {
		l.pages = append(l.pages, make([]Packet, latestPage))
	}
	to := l.at(l.added)
	head := append(to.Head[:0], p.Head...) // its memory is used again
	*to = *p
	to.Head = head
	l.added++
	l.mu.Unlock()
}

// Since returns copies of packets in the order in which their fates were known: those behind the first place ones, as far as
// they are kept, at most so many. left is how many come before the ones that it returns. Packets may be added meanwhile.
func (l *Latest) Since(place, most int) (list []Packet, left int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	left = min(max(place, l.added-MaxLatest, 0), l.added)
	list = make([]Packet, min(most, l.added-left))
	for i := range list {
		list[i] = *l.at(left + i)
		list[i].Head = slices.Clone(list[i].Head)
	}
	return list, left
}

// All returns copies of what is kept, and how many packets before were not.
func (l *Latest) All() (list []Packet, left int) { return l.Since(0, MaxLatest) }
