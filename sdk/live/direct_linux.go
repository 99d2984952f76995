//go:build !386

package live

import (
	"syscall"
	"unsafe"
)

func readRaw(fd uintptr, p []byte) (int, syscall.Errno) { return raw(syscall.SYS_READ, fd, p) }

func writeRaw(fd uintptr, p []byte) (int, syscall.Errno) { return raw(syscall.SYS_WRITE, fd, p) }

func raw(call, fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, _, errno := syscall.RawSyscall(call, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)))
		switch errno {
		case 0:
			return int(n), 0
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}

// peekRaw reports whether there is nothing to read.
func peekRaw(fd uintptr, p []byte) (nothing bool) {
	const flags = syscall.MSG_PEEK | syscall.MSG_DONTWAIT
	for {
		_, _, errno := syscall.RawSyscall6(
			syscall.SYS_RECVFROM, fd, uintptr(unsafe.Pointer(unsafe.SliceData(p))), uintptr(len(p)), flags, 0, 0,
		)
		if errno != syscall.EINTR {
			return errno == syscall.EAGAIN // everything else is a byte, the end, or an error that was pending
		}
	}
}
