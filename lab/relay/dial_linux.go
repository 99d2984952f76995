package relay

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// bindLate lets the kernel choose the source port when it connects, not when it binds: then connections to different
// ports share the source ports of a node.
func bindLate(_, _ string, c syscall.RawConn) error {
	var err error
	return errors.Join(c.Control(func(fd uintptr) {
		err = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
	}), err)
}
