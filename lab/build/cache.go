package build

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/netlab-dev/netlab/lab/regular"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// Built programs are kept in the user's cache, in build/SUM: one folder for each set of package directories. In it are
// the program, its stamp, the generated sources and a lock. Who builds holds the lock file; who uses the program shares
// the lock of the folder until the host is closed. Both are held to remove the folder.

const (
	cacheVariable = "LAB_CACHE_MIB" // how much is kept
	cacheDefault  = 512
	lockFile      = "lock"
	unfinished    = "building-*"
)

// errLocked says that somebody else holds a lock.
const errLocked = syscall.EWOULDBLOCK

// CacheDirectory is where built programs are kept.
func CacheDirectory(cache string) (string, error) {
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", &trouble.Error{Class: trouble.Plugin, Text: "no place for built plugins: " + err.Error(), Hint: "set XDG_CACHE_HOME or HOME", Err: err}
		}
		cache = filepath.Join(user, "lab")
	}
	return filepath.Join(cache, "build"), nil
}

// makeEntry makes a folder of the cache, and refuses one that others could put programs into. The folders above lab's own
// may be another user's, as the home directory of a container is; they may only not be open to everybody.
func makeEntry(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	build := filepath.Dir(dir)
	own, err := filepath.EvalSymlinks(filepath.Dir(build))
	if err != nil {
		return err
	}
	path := filepath.Join(own, filepath.Base(build), filepath.Base(dir))
	found, err := regular.Suspect(path, 0o002, own) // a group of one's own is usual for what only a cache is
	switch {
	case errors.Is(err, fs.ErrNotExist): // somebody empties the cache
		return errLocked
	case err != nil:
		return err
	case found != nil:
		return &trouble.Error{
			Class: trouble.Plugin,
			Text:  fmt.Sprintf("built plugins would be run from %s: %s %s", dir, found.Path, found.Why),
			Hint:  found.Mend + ", or set XDG_CACHE_HOME to a directory of your own",
		}
	}
	return nil
}

// mostVanished is how often in turn a folder may be gone after it was made, because somebody empties the cache. If it is
// gone more often, no folder can be made there: /proc is such a place.
const mostVanished = 20

// lockEntry waits for the lock under which a program is built, and makes its folder.
func lockEntry(ctx context.Context, dir string) (*os.File, error) {
	wait := time.Millisecond
	for vanished := 0; ; {
		err := makeEntry(dir)
		var held *os.File
		if err == nil {
			held, err = tryEntry(dir)
		}
		switch {
		case errors.Is(err, errLocked):
			vanished = 0
		case errors.Is(err, fs.ErrNotExist) && vanished < mostVanished:
			vanished++
		default:
			return held, err
		}
		select {
		case <-time.After(wait):
			wait = min(2*wait, 100*time.Millisecond)
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// tryEntry is lockEntry for a folder that is there, without waiting.
func tryEntry(dir string) (*os.File, error) {
	path := filepath.Join(dir, lockFile)
	made, err := os.OpenFile(path, os.O_CREATE|os.O_RDONLY, 0o600)
	if err != nil {
		return nil, err
	}
	_ = made.Close()
	return regular.TryLock(path, false)
}

// use keeps the folder from being removed until the host is closed, and notes the time for those that look for the
// oldest. The caller holds the folder's lock file.
func (b *Builder) use(p *program) error {
	held, err := regular.TryLock(p.dir, true)
	if err != nil {
		return err
	}
	now := time.Now()
	_ = os.Chtimes(p.stampFile(), now, now) // without it, it is only the first to go
	b.mu.Lock()
	defer b.mu.Unlock()
	b.used = append(b.used, held)
	return nil
}

// entry is a folder of the cache.
type entry struct {
	dir  string
	size int64
	used time.Time
}

// entries lists the folders, the longest unused first.
func entries(cache string) []entry {
	folders, _ := os.ReadDir(cache) // what cannot be read is not there
	var all []entry
	for _, folder := range folders {
		e := entry{dir: filepath.Join(cache, folder.Name())}
		files, _ := os.ReadDir(e.dir)
		for _, file := range files {
			if info, err := file.Info(); err == nil {
				e.size += info.Size()
				if file.Name() == stampName {
					e.used = info.ModTime()
				}
			}
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b entry) int { return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.dir, b.dir)) })
	return all
}

// remove removes a folder that nobody uses or builds in. It tells whether it did.
func (e entry) remove() bool {
	building, err := tryEntry(e.dir)
	if err != nil {
		return false
	}
	defer building.Close()
	held, err := regular.TryLock(e.dir, false)
	if err != nil {
		return false
	}
	defer held.Close()
	return os.RemoveAll(e.dir) == nil
}

// prune removes the longest unused programs until the others take no more than the limit. It spares one that is about to
// be used.
func prune(cache string, limit int64, spared string) {
	all := entries(cache)
	var total int64
	for _, e := range all {
		total += e.size
	}
	for _, e := range all {
		if total > limit && e.dir != spared && e.remove() {
			total -= e.size
		}
	}
}

// cacheLimit is how many bytes of built programs are kept.
func cacheLimit() (int64, error) {
	text := os.Getenv(cacheVariable)
	if text == "" {
		return cacheDefault << 20, nil
	}
	mib, err := strconv.ParseInt(text, 10, 32)
	if err != nil || mib < 0 {
		return 0, &trouble.Error{Class: trouble.Plugin, Text: fmt.Sprintf("%s: got %q, want a whole number of MiB", cacheVariable, text),
			Hint: fmt.Sprintf("%d is the default", cacheDefault)}
	}
	return mib << 20, nil
}

// Sweep removes what builds of killed hosts have left in the cache: programs that were not finished, and folders without
// a finished one.
func Sweep(cache string) {
	for _, e := range entries(cache) {
		left, _ := filepath.Glob(filepath.Join(e.dir, unfinished))
		if !e.used.IsZero() && len(left) == 0 {
			continue
		}
		building, err := tryEntry(e.dir)
		switch {
		case err != nil: // alive, most likely
		case exists(filepath.Join(e.dir, stampName)):
			removeUnfinished(e.dir)
			_ = building.Close()
		default:
			_ = building.Close()
			e.remove()
		}
	}
}

// removeUnfinished removes what a build has left that did not come to its end. The caller holds the folder's lock file.
func removeUnfinished(dir string) {
	left, _ := filepath.Glob(filepath.Join(dir, unfinished))
	for _, path := range left {
		_ = os.Remove(path)
	}
}

// Cleaned is what Clean has done.
type Cleaned struct {
	Removed  int // programs
	Compiled int // modules of programs of nodes, as machine code
	Bytes    int64
	InUse    int // programs that a running lab uses, and that are therefore still there
}

// Clean removes all built programs from the cache; an empty one is the user's. Errors are *Error.
func Clean(cache string) (Cleaned, error) {
	dir, err := CacheDirectory(cache)
	if err != nil {
		return Cleaned{}, err
	}
	var c Cleaned
	for _, e := range entries(dir) {
		if !e.remove() {
			c.InUse++
			continue
		}
		c.Removed++
		c.Bytes += e.size
	}
	return c, nil
}
