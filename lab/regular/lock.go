package regular

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// LockDirectory takes the lock on a directory, and waits for it or not. The kernel gives the lock back when its holder
// dies. The error is fs.ErrNotExist when the directory is not there, or was removed before the lock was had.
func LockDirectory(dir string, wait bool) (*os.File, error) {
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	return lockAt(dir, syscall.O_DIRECTORY, how)
}

// TryLock takes the lock on a file or directory, alone or with others, or fails at once. Otherwise it is as
// LockDirectory.
func TryLock(path string, shared bool) (*os.File, error) {
	if shared {
		return lockAt(path, 0, syscall.LOCK_SH|syscall.LOCK_NB)
	}
	return lockAt(path, 0, syscall.LOCK_EX|syscall.LOCK_NB)
}

func lockAt(path string, flags, how int) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK|flags, 0)
	if err != nil {
		return nil, err
	}
	for err = syscall.EINTR; err == syscall.EINTR; {
		err = syscall.Flock(int(f.Fd()), how)
	}
	if err == nil {
		err = stillThere(path, f)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// stillThere returns fs.ErrNotExist unless the open file is the one of that name.
func stillThere(path string, f *os.File) error {
	opened, err := f.Stat()
	if err != nil {
		return err
	}
	named, err := os.Lstat(path)
	if err == nil && !os.SameFile(opened, named) {
		err = fs.ErrNotExist
	}
	return err
}

// Identity tells a file from another one, and from itself after a change: whatever changes a file's content changes the
// time of its inode, which programs cannot set. It is empty when there is no telling.
func Identity(path string) string {
	var s unix.Stat_t
	if unix.Lstat(path, &s) != nil {
		return ""
	}
	return fmt.Sprintf("%d %d %d %d", s.Dev, s.Ino, s.Mtim.Nano(), s.Ctim.Nano())
}
