package program

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Compiled modules are kept in programs/SUM of the user's cache, SUM being that of the module. A folder that is whole has
// the file wholeName, whose time says when it was last used; one with checks as well has another.

const (
	mostCached   = 512              // MiB, unless the variable says otherwise
	cacheSetting = "LAB_CACHE_MIB"  // as for built plugins
	settled      = 10 * time.Minute // a folder without wholeName may be in the making for so long
)

func cacheRoot() string {
	user, err := os.UserCacheDir()
	if err != nil {
		return "" // nothing is kept
	}
	return filepath.Join(user, "lab", "programs")
}

// cached is the folder of a module, "" where there is no cache.
func cached(code []byte) string {
	dir := cacheRoot()
	if dir == "" {
		return ""
	}
	dir = filepath.Join(dir, digest(code))
	if os.MkdirAll(dir, 0o700) != nil || open(dir) || open(filepath.Dir(dir)) {
		return ""
	}
	return dir
}

// open tells whether others could put something into a folder: what is in the cache is run as it is.
func open(dir string) bool {
	info, err := os.Lstat(dir)
	return err != nil || !info.IsDir() || info.Mode().Perm()&0o022 != 0
}

// wholeName also names the wazero whose machine code is in the folder: another one compiles anew.
func wholeName(checks bool) string {
	name := "whole.2" // another number when what is compiled changes
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/tetratelabs/wazero" {
				name += "-" + m.Version
			}
		}
	}
	if checks {
		name += "-with-checks"
	}
	return name
}

// finished notes that the folder is whole, and removes what has not been used for longest when all take too much.
func finished(dir string, checks bool) {
	if dir == "" {
		return
	}
	whole := filepath.Join(dir, wholeName(checks))
	now := time.Now()
	if os.Chtimes(whole, now, now) == nil {
		return
	}
	if os.WriteFile(whole, nil, 0o600) == nil {
		prune(filepath.Dir(dir), dir)
	}
}

// kept is a folder of the cache.
type kept struct {
	dir   string
	size  int64
	used  time.Time
	whole bool
}

func prune(root, spared string) {
	limit := int64(mostCached)
	if mib, err := strconv.ParseInt(os.Getenv(cacheSetting), 10, 32); err == nil && mib >= 0 {
		limit = mib
	}
	folders := folders(root)
	total := int64(0)
	for _, k := range folders {
		total += k.size
	}
	for _, k := range folders {
		if total > limit<<20 && k.dir != spared && time.Since(k.used) > settled && os.RemoveAll(k.dir) == nil {
			total -= k.size
		}
	}
}

// Clean empties the cache, but for what may be in the making. It returns how many modules there were and what they took.
func Clean() (modules int, bytes int64) {
	for _, k := range folders(cacheRoot()) {
		if (k.whole || time.Since(k.used) > settled) && os.RemoveAll(k.dir) == nil {
			modules++
			bytes += k.size
		}
	}
	return modules, bytes
}

// folders lists those of the cache, the longest unused first.
func folders(root string) (all []kept) {
	entries, _ := os.ReadDir(root) // what cannot be read is not there
	for _, e := range entries {
		k := kept{dir: filepath.Join(root, e.Name())}
		_ = filepath.WalkDir(k.dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return nil
			}
			if info, err := e.Info(); err == nil {
				k.size += info.Size()
				k.whole = k.whole || strings.HasPrefix(e.Name(), "whole")
				if info.ModTime().After(k.used) {
					k.used = info.ModTime()
				}
			}
			return nil
		})
		all = append(all, k)
	}
	slices.SortFunc(all, func(a, b kept) int { return cmp.Or(a.used.Compare(b.used), cmp.Compare(a.dir, b.dir)) })
	return all
}
