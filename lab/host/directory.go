package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// The path of a unix socket must fit into 108 bytes on Linux and 104 elsewhere. go-plugin puts a directory and a file
// below ours: "/plugin-dir1234567890/plugin1234567890".
const (
	socketPathSize = 104
	socketNameSize = 40
	runNameSize    = 20 // "/lab-run-1234567890"
)

const runPrefix = "lab-run-"

// staleAge is how old an abandoned run directory must be to be removed: between its making and its locking it looks
// abandoned too.
const staleAge = time.Minute

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
		dir, err := os.MkdirTemp(place, runPrefix) // mode 0700
		if err != nil {
			errs = errors.Join(errs, err)
			continue
		}
		lock, err := lockDirectory(dir)
		if err != nil {
			return "", nil, errors.Join(err, os.Remove(dir))
		}
		removeStale(place)
		return dir, lock, nil
	}
	return "", nil, &Error{
		Text: fmt.Sprintf("no directory for the plugins' sockets: %v", errs),
		Hint: "set TMPDIR to a directory you may write to, with a path of at most 40 characters",
		Err:  errs,
	}
}

// removeStale removes what killed hosts have left. Failures do not matter: other users' directories are among them.
func removeStale(place string) {
	found, _ := filepath.Glob(filepath.Join(place, runPrefix+"*"))
	for _, dir := range found {
		info, err := os.Lstat(dir)
		if err != nil || !info.IsDir() || time.Since(info.ModTime()) < staleAge {
			continue
		}
		if lock, err := lockDirectory(dir); err == nil && lock != nil {
			_ = os.RemoveAll(dir)
			_ = lock.Close()
		}
	}
}
