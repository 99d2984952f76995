//go:build darwin || linux

package host

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// lockDirectory takes the lock on a directory, and waits for it or not. The kernel gives the lock back when its holder
// dies. The error is fs.ErrNotExist when the directory is not there, or was removed before the lock was had.
func lockDirectory(dir string, wait bool) (*os.File, error) {
	f, err := os.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	for err = syscall.EINTR; err == syscall.EINTR; {
		err = syscall.Flock(int(f.Fd()), how)
	}
	if err == nil {
		err = stillThere(dir, f)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// stillThere returns fs.ErrNotExist unless the open directory is the one of that name.
func stillThere(dir string, f *os.File) error {
	opened, err := f.Stat()
	if err != nil {
		return err
	}
	named, err := os.Lstat(dir)
	if err == nil && !os.SameFile(opened, named) {
		err = fs.ErrNotExist
	}
	return err
}
