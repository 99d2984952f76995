//go:build !linux

package live

import "syscall"

// limitUnsent would bound what a socket's kernel takes beyond what it has sent, which is possible on Linux.
func limitUnsent(syscall.RawConn) {}

// WasReset would tell a reset from the end of a stream, which is possible on Linux.
func WasReset(syscall.RawConn) bool { return false }
