package live

import (
	"io"
	"sync"
	"syscall"
)

// direct is the reading or the writing half of a socket, by system calls of which Go's runtime is not told. A socket that
// does not block ends them at once, so nobody has to stand by for this thread; standing by costs more than a small read,
// and on busy cores the runtime takes threads for stuck that only wait for a core. All else is as in package net: a task
// waits at the poller, and deadlines and Close end that.
type direct struct {
	wait func(attempt func(fd uintptr) (done bool)) error // of the syscall.RawConn

	mu    sync.Mutex // held by one call at a time, as package net holds its own; guards what follows
	try   func(fd uintptr) (done bool)
	p     []byte
	n     int
	errno syscall.Errno
}

// read reads what there is, at least one byte or the end.
func (d *direct) read(p []byte) (int, error) {
	n, err := d.do(p, d.readOnce)
	if n == 0 && err == nil && len(p) > 0 {
		err = io.EOF
	}
	return n, err
}

// write writes all.
func (d *direct) write(p []byte) (int, error) { return d.do(p, d.writeAll) }

func (d *direct) do(p []byte, try func(fd uintptr) bool) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.try == nil {
		d.try = try
	}
	d.p, d.n, d.errno = p, 0, 0
	err := d.wait(d.try)
	d.p = nil
	if err == nil && d.errno != 0 {
		err = d.errno
	}
	return d.n, err
}

func (d *direct) readOnce(fd uintptr) bool {
	d.n, d.errno = readRaw(fd, d.p)
	return d.errno != syscall.EAGAIN
}

// writeAll goes on until nothing is left or the kernel takes no more: it tells only then when it does again.
func (d *direct) writeAll(fd uintptr) bool {
	for d.n < len(d.p) {
		n, errno := writeRaw(fd, d.p[d.n:])
		if d.errno = errno; errno != 0 {
			return errno != syscall.EAGAIN
		}
		d.n += n
	}
	return true
}
