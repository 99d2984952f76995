package host

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/netlab-dev/netlab/lab/regular"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// The path of a unix socket must fit into 108 bytes on Linux and 104 elsewhere. go-plugin puts a directory and a file
// below ours: "/plugin-dir1234567890/plugin1234567890".
const (
	socketPathSize = 104
	socketNameSize = 40
	runNameSize    = 20 // "/lab-run-1234567890"
)

const runPrefix = "lab-run-"

// HoldDirectory waits for the lock on a directory, which is held until the file is closed or the process dies. The
// error is fs.ErrNotExist when the directory is not there, or was removed meanwhile. Where the system has no such locks
// the file is nil.
func HoldDirectory(dir string) (*os.File, error) { return regular.LockDirectory(dir, true) }

// runDirectory makes a directory that only this user can enter, in base, or where base is empty or too long a name
// for a socket, in /tmp. The lock is held as long as the directory is in use. Directories of hosts that were killed,
// which nobody holds, are removed on the way.
func runDirectory(base string) (dir string, lock *os.File, err error) {
	if base == "" {
		base = os.TempDir()
	}
	places := []string{base, "/tmp"}
	if len(base)+runNameSize+socketNameSize > socketPathSize {
		places = places[1:]
	}
	var errs error
	for _, place := range places {
		removeStale(place)
		dir, lock, err := newDirectory(place)
		if err == nil {
			return dir, lock, nil
		}
		errs = errors.Join(errs, err)
	}
	return "", nil, &trouble.Error{
		Class: trouble.Plugin,
		Text:  fmt.Sprintf("no directory for the plugins' sockets: %v", errs),
		Hint:  "set TMPDIR to a directory you may write to, with a path of at most 40 characters",
		Err:   errs,
	}
}

// newDirectory makes a directory of a new name and locks it. Between the two it looks abandoned, and another host may
// remove it: then the lock fails, or is one on nothing, and the next name is tried.
func newDirectory(place string) (dir string, lock *os.File, err error) {
	for {
		dir, err := os.MkdirTemp(place, runPrefix) // mode 0700
		if err != nil {
			return "", nil, err
		}
		lock, err := regular.LockDirectory(dir, true)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", nil, errors.Join(err, os.Remove(dir))
		}
		return dir, lock, nil
	}
}

// removeStale removes what killed hosts have left. Failures do not matter: other users' directories are among them.
func removeStale(place string) {
	found, _ := filepath.Glob(filepath.Join(place, runPrefix+"*"))
	for _, dir := range found {
		if lock, err := regular.LockDirectory(dir, false); err == nil && lock != nil {
			_ = os.RemoveAll(dir)
			_ = lock.Close()
		}
	}
}
