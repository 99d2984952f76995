package relay

import (
	"net"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/netlab-dev/netlab/lab/bug"
)

// patience watches whether a dialler still waits, from when that takes time.
type patience struct {
	network  *Network
	client   *net.TCPConn
	gone     chan struct{} // closed when it does not; nil while nobody watches
	finished chan struct{}
	watching sync.WaitGroup
}

func (p *patience) over() <-chan struct{} {
	if p.gone == nil {
		p.gone, p.finished = make(chan struct{}), make(chan struct{})
		p.watching.Go(bug.Guarded(p.watch))
	}
	return p.gone
}

// released waits until the node may dial; false when the dialler, or the network, is gone before.
func (p *patience) released(from *node) bool {
	hold := from.hold()
	if hold == nil {
		return true
	}
	select {
	case <-hold:
		return true
	case <-p.over():
	case <-p.network.running.Done():
	}
	return false
}

func (p *patience) watch() {
	raw, err := p.client.SyscallConn()
	if err != nil {
		close(p.gone)
		return
	}
	early, gone := false, false
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		count, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		if err == unix.EAGAIN || err == unix.EINTR {
			return false
		}
		early = err == nil && count > 0
		gone = !early
		return true
	})
	if early { // what comes before our answer hides whether more will
		select {
		case <-p.network.running.Done():
			gone = true
		case <-p.finished:
		}
	}
	select {
	case <-p.finished:
	default:
		if gone || err != nil {
			close(p.gone)
		}
	}
}

// end stops watching.
func (p *patience) end() {
	if p.gone == nil {
		return
	}
	close(p.finished)
	_ = p.client.SetReadDeadline(time.Unix(1, 0))
	p.watching.Wait()
	_ = p.client.SetReadDeadline(time.Time{})
}
