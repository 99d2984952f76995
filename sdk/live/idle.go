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
		p.look = func(fd uintptr) { p.quiet = peekRaw(fd, p.buf[:]) }
	}
	return p.raw.Control(p.look) == nil && p.quiet
}
