package relay

import (
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

// direction is a link with its lock: everything between two nodes, one way, of all ports and protocols.
type direction struct {
	network *Network
	own     bool         // has a profile that is not the default; guarded by Network.mu
	slice   atomic.Int64 // bytes of a stream that are sent as one piece, at most
	window  atomic.Int64 // bytes of a stream that may be under way, at most

	mu     sync.Mutex
	link   *link.Link
	healed chan struct{} // closed by the heal that ends the last cut; nil while there is none
}

const (
	// maxWindow bounds what one direction of one stream keeps under way, as the window of a kernel's TCP does: it is
	// the throughput times the delay.
	maxWindow = 16 << 20
	minWindow = 256 << 10
	// segment is the least that is worth a piece of its own.
	segment = 1460
)

func newDirection(n *Network, names pair) *direction {
	d := &direction{network: n, link: link.New(n.config.Seed, names.from, names.to)}
	d.setProfile(n.base)
	return d
}

func (d *direction) setProfile(p link.Profile) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.link.SetProfile(p)
	slice, window := int64(chunkSize), int64(maxWindow)
	if p.Rate > 0 {
		// Pieces of about a millisecond keep a limited rate smooth, and a second's worth under way keeps it busy.
		second := int64(p.Rate) / 8
		slice = min(slice, max(segment, second/1000))
		window = min(window, max(minWindow, second))
		if queue := p.QueueLimit(); queue > 0 {
			slice = min(slice, max(segment, queue/4))
		}
	}
	d.slice.Store(slice)
	d.window.Store(window)
}

// stalled makes healed say whether a cut is in force. It is called with d.mu held.
func (d *direction) stalled() {
	switch cut := d.link.Has(link.Cut); {
	case cut && d.healed == nil:
		d.healed = make(chan struct{})
	case !cut && d.healed != nil:
		close(d.healed)
		d.healed = nil
	}
}

// Why a piece of a stream will never be due.
var (
	errAbandoned = errors.New("the stream has ended")
	errGaveUp    = errors.New("the link was cut for too long")
)

// packet decides the fate of a datagram.
func (d *direction) packet(size int) (now time.Duration, fate link.Fate) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now = d.network.clock()
	return now, d.link.Packet(now, size)
}

// stream decides when a piece of a stream is due. It waits while the link's queue is full or the link is cut, until
// over is closed; a cut for giveUp at most.
func (d *direction) stream(
	flow *link.Flow, size int, giveUp time.Duration, over <-chan struct{},
) (now, due time.Duration, err error) {
	for {
		d.mu.Lock()
		now = d.network.clock()
		room := d.link.Room(now, size)
		if room <= now {
			break
		}
		d.mu.Unlock()
		if !d.network.schedule.sleep(room, over) {
			return 0, 0, errAbandoned
		}
	}
	due, ok := d.link.Stream(flow, now, size)
	d.mu.Unlock()
	if ok {
		return now, due, nil
	}
	return d.resume(flow, now, size, giveUp, over)
}

// resume waits with a piece that was sent during a cut.
func (d *direction) resume(
	flow *link.Flow, sent time.Duration, size int, giveUp time.Duration, over <-chan struct{},
) (now, due time.Duration, err error) {
	limit := time.NewTimer(giveUp)
	defer limit.Stop()
	for {
		d.mu.Lock()
		now = d.network.clock()
		due, ok := d.link.Resume(flow, sent, now, size)
		healed := d.healed
		d.mu.Unlock()
		if ok {
			return now, due, nil
		}
		select {
		case <-healed:
		case <-limit.C:
			return 0, 0, errGaveUp
		case <-over:
			return 0, 0, errAbandoned
		}
	}
}

// handshake returns true when a segment that opens a connection has arrived, false when over was closed before.
func (d *direction) handshake(flow *link.Flow, over func() <-chan struct{}) bool {
	sent := time.Duration(-1)
	for {
		d.mu.Lock()
		now := d.network.clock()
		if sent < 0 {
			sent = now
		}
		at, ok := d.link.Handshake(flow, sent, now)
		healed := d.healed
		d.mu.Unlock()
		if ok {
			return at <= now || d.network.schedule.sleep(at, over())
		}
		select {
		case <-healed:
		case <-over():
			return false
		}
	}
}
