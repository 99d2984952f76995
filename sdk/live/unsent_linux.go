package live

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// mostUnsent is how many bytes a socket's kernel takes beyond what it has sent. Its default is the send buffer, megabytes
// that a writer would be rid of long before the link has carried them. It costs no speed.
const mostUnsent = 32 << 10

func limitUnsent(socket syscall.RawConn) {
	_ = socket.Control(func(fd uintptr) {
		_ = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_NOTSENT_LOWAT, mostUnsent)
	})
}
