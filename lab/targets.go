package lab

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// target is one file to load, and which of its experiments to run.
type target struct {
	path   string
	only   []string // names or IDs that must be there
	whole  bool     // all that is there runs
	inside bool     // found in a directory, where files without experiments are libraries
}

// targets turns the arguments into files, each once, in the order in which they are first named. A directory stands for
// the scripts in it.
func targets(arguments []string) ([]target, error) {
	var all []target
	add := func(t target) {
		i := slices.IndexFunc(all, func(other target) bool { return filepath.Clean(other.path) == filepath.Clean(t.path) })
		if i < 0 {
			all = append(all, t)
			return
		}
		all[i].only = append(all[i].only, t.only...)
		all[i].whole, all[i].inside = all[i].whole || t.whole, all[i].inside && t.inside
	}
	for _, argument := range arguments {
		path, only, named := strings.Cut(argument, "::")
		inside, isDir, err := scriptsAt(path)
		switch {
		case err != nil:
			return nil, err
		case isDir && named:
			return nil, &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("%s: %s is a directory", argument, path),
				Hint: "an experiment is named with its file: FILE::EXPERIMENT; -k selects by name"}
		case isDir:
			for _, path := range inside {
				add(target{path: path, whole: true, inside: true})
			}
		case named:
			add(target{path: path, only: []string{only}})
		default:
			add(target{path: path, whole: true})
		}
	}
	return all, nil
}

// Scripts returns the files that an argument stands for: itself, or the scripts of a directory, sorted. They need not be
// readable. The error is an *Error of class Usage.
func Scripts(argument string) ([]string, error) {
	paths, _, err := scriptsAt(argument)
	return paths, err
}

// scriptsAt is Scripts, and whether the argument is a directory.
func scriptsAt(argument string) (paths []string, isDir bool, err error) {
	info, err := os.Stat(argument)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		hint := "name a file or a directory of scripts, such as scripts/election.star"
		if _, err := os.Stat(argument + ".star"); argument != "" && err == nil {
			hint = fmt.Sprintf("did you mean %s.star?", argument)
		}
		return nil, false, &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("%s: no such script", cmp.Or(argument, `""`)),
			Hint: hint, Err: err}
	case err != nil:
		return nil, false, unreadable(err)
	case info.IsDir():
		paths, err := scriptsIn(argument)
		return paths, true, err
	}
	if err := load.CheckFile(argument, info); err != nil {
		return nil, false, aboutFlags(err)
	}
	return []string{argument}, false, nil
}

func unreadable(err error) error {
	message := err.Error()
	var inPath *fs.PathError
	if errors.As(err, &inPath) {
		message = fmt.Sprintf("cannot read %s: %v", inPath.Path, inPath.Err)
	}
	return &trouble.Error{Class: trouble.Usage, Text: message, Err: err}
}

// scriptsIn returns the scripts of a directory, sorted: what is named like one and is no directory.
func scriptsIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, unreadable(err)
	}
	var paths []string
	for _, entry := range entries {
		path := filepath.Join(dir, entry.Name())
		if filepath.Ext(path) != ".star" {
			continue
		}
		if info, err := os.Stat(path); err != nil || !info.IsDir() {
			paths = append(paths, path)
		}
	}
	if len(paths) == 0 {
		return nil, &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("%s: no script in this directory", dir),
			Hint: "a script's name ends in .star"}
	}
	return paths, nil
}
