package host_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/build"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/trouble"
)

func TestTheCacheForgetsTheOldestThatNobodyUses(t *testing.T) {
	w := newWorkshop(t)
	t.Setenv("LAB_CACHE_MIB", "0")
	inUse, second := w.build(), w.newPackage("second")
	first := w.binary
	h := newHost(t, host.Options{Cache: w.cache})
	unused := find(t, h, second).Path
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	w.pkg = w.newPackage("third")
	w.build()
	for path, want := range map[string]bool{first: true, unused: false, w.binary: true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: %v, want it there: %v", path, err, want)
		}
	}

	t.Setenv("LAB_CACHE_MIB", "")
	if err := inUse.Close(); err != nil {
		t.Fatal(err)
	}
	cleaned, err := build.Clean(w.cache)
	if err != nil || cleaned.Removed != 1 || cleaned.InUse != 1 || cleaned.Bytes < 1<<20 {
		t.Errorf("cleaned %+v, %v; want one program removed and one in use", cleaned, err)
	}
	if cleaned, err := build.Clean(t.TempDir()); err != nil || cleaned != (build.Cleaned{}) {
		t.Errorf("an empty cache: %+v, %v", cleaned, err)
	}

	t.Setenv("LAB_CACHE_MIB", "many")
	var e *trouble.Error
	_, err = newHost(t, host.Options{Cache: t.TempDir()}).Find(second)
	if !errors.As(err, &e) || e.Text != `LAB_CACHE_MIB: got "many", want a whole number of MiB` {
		t.Errorf("got %v", err)
	}
}

func TestTheLongestUnusedProgramGoesFirst(t *testing.T) {
	w := newWorkshop(t)
	old, used := w.newPackage("old"), w.newPackage("used")
	var paths []string
	for _, pkg := range []string{used, old} {
		h := newHost(t, host.Options{Cache: w.cache})
		paths = append(paths, find(t, h, pkg).Path)
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
	}
	info, err := os.Stat(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		long := time.Now().Add(-time.Hour)
		if err := os.Chtimes(filepath.Join(filepath.Dir(path), "stamp.json"), long, long); err != nil {
			t.Fatal(err)
		}
	}
	h := newHost(t, host.Options{Cache: w.cache})
	find(t, h, used)
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("LAB_CACHE_MIB", fmt.Sprint(info.Size()*5/2>>20)) // room for two
	w.build()
	for path, want := range map[string]bool{paths[0]: true, paths[1]: false, w.binary: true} {
		if _, err := os.Stat(path); (err == nil) != want {
			t.Errorf("%s: %v, want it there: %v", path, err, want)
		}
	}
}

func TestACacheThatOthersCouldPutProgramsIntoIsNotUsed(t *testing.T) {
	for _, test := range []struct {
		name  string
		spoil func(home, cache string) error
		hint  string // "" where the cache is used
	}{
		{"everybody may write to it", func(_, cache string) error { return os.Chmod(cache, 0o777) }, "chmod go-w "},
		{"everybody may write above", func(home, _ string) error { return os.Chmod(home, 0o777) }, "chmod go-w "},
		{"it is another user's", func(_, cache string) error { return os.Chown(cache, 65534, 65534) }, "chown -h "},
		{"another user's program", func(_, cache string) error {
			return os.Chown(filepath.Join(cache, "build"), 65534, 65534)
		}, "chown -h "},
		{"a link to another user's", func(home, cache string) error {
			real := filepath.Join(home, "real")
			return errors.Join(os.Rename(cache, real), os.Symlink(real, cache), os.Chown(real, 65534, 65534))
		}, "chown -h "},
		{"another user's home, as in a container", func(home, _ string) error { return os.Chown(home, 65534, 65534) }, ""},
		{"a link in another user's home", func(home, cache string) error {
			real := filepath.Join(home, "real")
			return errors.Join(os.Rename(cache, real), os.Symlink(real, cache), os.Chown(home, 65534, 65534))
		}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorkshop(t)
			home := filepath.Join(w.dir, "home")
			w.cache = filepath.Join(home, ".cache", "lab")
			err := errors.Join(os.MkdirAll(filepath.Join(w.cache, "build"), 0o700), test.spoil(home, w.cache))
			if errors.Is(err, fs.ErrPermission) {
				t.Skip("only root can give a folder away")
			}
			if err != nil {
				t.Fatal(err)
			}
			_, err = newHost(t, host.Options{Cache: w.cache}).Find(w.pkg)
			if test.hint == "" {
				if err != nil || w.builds() != 1 {
					t.Errorf("%d builds, %v; want the cache used", w.builds(), err)
				}
				return
			}
			var e *trouble.Error
			if !errors.As(err, &e) || !strings.Contains(e.Text, " belongs to ") || !strings.HasPrefix(e.Hint, test.hint) {
				t.Errorf("got %v", err)
			}
			if w.builds() != 0 {
				t.Error("it was built all the same")
			}
		})
	}
}
