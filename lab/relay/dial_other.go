//go:build !linux

package relay

import "syscall"

// bindLate is a matter of Linux.
func bindLate(_, _ string, _ syscall.RawConn) error { return nil }
