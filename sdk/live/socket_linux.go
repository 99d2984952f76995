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

// tcpClose is the state of a socket that was reset (TCP_CLOSE in include/net/tcp_states.h). At the end of a stream it is
// CLOSE_WAIT, and TCP_CLOSE again when both directions have ended.
const tcpClose = 7

// WasReset reports whether what looks like the end of a stream is a reset: the kernel tells of that once, and somebody
// else may have heard of it, who was writing. The own direction must not have ended.
func WasReset(socket syscall.RawConn) (reset bool) {
	_ = socket.Control(func(fd uintptr) {
		info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		reset = err == nil && info.State == tcpClose
	})
	return reset
}
