//go:build darwin || linux

package host

import (
	"errors"
	"os"
	"syscall"
)

// lockDirectory takes the lock that a host holds on its run directory. The kernel gives it back when the host dies.
func lockDirectory(dir string) (*os.File, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
