package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/lab/build"
	"github.com/netlab-dev/netlab/lab/regular"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/star"
)

// Modules of a plugin that is not run are found in the files of its package, or in a cache that remembers those of
// programs that have run, by their SHA-256.

// packageModules reads modules/NAME/*.star of a package.
func packageModules(dir string) ([]*manifest.Module, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "modules", "*", "*.star"))
	if err != nil {
		return nil, err
	}
	var all []*manifest.Module
	for _, path := range paths {
		text, err := readRegular(path, star.MaxSource)
		if err != nil {
			return nil, &trouble.Error{Class: trouble.Plugin, Plugin: dir, Text: err.Error(), Err: err}
		}
		name := filepath.Base(filepath.Dir(path)) + "/" + filepath.Base(path)
		all = append(all, &manifest.Module{Name: name, Text: string(text)})
	}
	return all, nil
}

func readRegular(path string, limit int64) ([]byte, error) {
	return regular.Read(path, limit, func(info fs.FileInfo) error {
		if !info.Mode().IsRegular() || info.Size() > limit {
			return fmt.Errorf("%s: want a regular file of at most %d bytes", path, limit)
		}
		return nil
	})
}

// embedded checks that a package's program brings along the modules in its directory: they are read from there before it
// has run, and from it afterwards.
func embedded(p *Plugin, dir string) error {
	files, err := packageModules(dir)
	if err != nil {
		return err
	}
	for _, file := range files {
		if !slices.ContainsFunc(p.Manifest.Modules, func(m *manifest.Module) bool { return m.Name == file.Name }) {
			return &trouble.Error{
				Class: trouble.Plugin, Plugin: dir, Text: fmt.Sprintf("modules/%s is not in the program", file.Name),
				Hint: "embed it: //go:embed modules above var modules embed.FS, and Modules: modules in the sdk.Plugin",
			}
		}
	}
	return nil
}

// maxKept is how many programs the cache of modules remembers.
const maxKept = 64

func keptFile(cache, program string) (string, error) {
	dir, err := build.CacheDirectory(cache)
	if err != nil {
		return "", err
	}
	sum, err := build.HashFile(program)
	return filepath.Join(filepath.Dir(dir), "modules", sum+".json"), err
}

// keepModules remembers the modules of a program. A failure costs those who only look at it a notice.
func keepModules(cache, program string, modules []*manifest.Module) {
	if len(modules) == 0 {
		return // hashing the program would cost every run a tenth of a second
	}
	file, err := keptFile(cache, program)
	if err != nil {
		return
	}
	text, err := json.Marshal(modules)
	dir := filepath.Dir(file)
	if err != nil || os.MkdirAll(dir, 0o700) != nil {
		return
	}
	made, err := os.CreateTemp(dir, "making-*")
	if err != nil {
		return
	}
	if _, err = made.Write(text); err == nil {
		err = made.Sync()
	}
	if err = errors.Join(err, made.Close()); err == nil {
		err = os.Rename(made.Name(), file)
	}
	if err != nil {
		_ = os.Remove(made.Name())
	}
	forgetModules(dir)
}

// forgetModules removes what is too old.
func forgetModules(dir string) {
	entries, _ := os.ReadDir(dir) // what cannot be read is not there
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return modified(b).Compare(modified(a)) })
	for _, entry := range entries[min(maxKept, len(entries)):] {
		_ = os.Remove(filepath.Join(dir, entry.Name()))
	}
}

func modified(entry fs.DirEntry) time.Time {
	info, err := entry.Info()
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// keptModules are those of a program that has run before, byte for byte the same one.
func keptModules(cache, program string) (modules []*manifest.Module, known bool) {
	file, err := keptFile(cache, program)
	if err != nil {
		return nil, false
	}
	text, err := readRegular(file, star.MaxSource*16)
	if err != nil || json.Unmarshal(text, &modules) != nil || slices.Contains(modules, nil) {
		return nil, false
	}
	return modules, true
}
