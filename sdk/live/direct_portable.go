//go:build !linux || 386

package live

import "syscall"

func readRaw(fd uintptr, p []byte) (int, syscall.Errno) { return told(syscall.Read, fd, p) }

func writeRaw(fd uintptr, p []byte) (int, syscall.Errno) { return told(syscall.Write, fd, p) }

func told(call func(int, []byte) (int, error), fd uintptr, p []byte) (int, syscall.Errno) {
	for {
		n, err := call(int(fd), p)
		errno, _ := err.(syscall.Errno)
		switch errno {
		case 0:
			return n, 0
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}

// peekRaw reports whether there is nothing to read.
func peekRaw(fd uintptr, p []byte) (nothing bool) {
	for {
		_, _, err := syscall.Recvfrom(int(fd), p, syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		if err != syscall.EINTR {
			return err == syscall.EAGAIN // everything else is a byte, the end, or an error that was pending
		}
	}
}
