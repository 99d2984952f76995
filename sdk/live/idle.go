package live

import (
	"sync"
	"syscall"
)

// peek looks at what the kernel holds for the reader, and leaves it there. Everything it needs is made once, at the
// first look: a look is one system call, and allocates nothing.
type peek struct {
	mu    sync.Mutex
	raw   syscall.RawConn
	look  func(fd uintptr)
	quiet bool // the outcome of look
	buf   [1]byte
}

// Idle peeks with MSG_PEEK. It goes around the read deadline and the read lock of package net, which would make it fail
// after the one and wait for the other.
func (c *conn) Idle() bool {
	p := &c.peek
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.look == nil {
		raw, err := c.tcp.SyscallConn()
		if err != nil {
			return false
		}
		p.raw, p.look = raw, p.peekAt
	}
	return p.raw.Control(p.look) == nil && p.quiet
}

func (p *peek) peekAt(fd uintptr) {
	for {
		_, _, err := syscall.Recvfrom(int(fd), p.buf[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		if err == syscall.EINTR {
			continue
		}
		p.quiet = err == syscall.EAGAIN // everything else is a byte, the end, or an error that was pending
		return
	}
}
