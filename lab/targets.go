package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// target is one file to load, and which of its experiments to run.
type target struct {
	path   string
	only   []string // names or IDs; empty: all
	inside bool     // found in a directory, where files without experiments are libraries
}

// targets turns the arguments into files, each once, in the order in which they are first named. A directory stands for
// the scripts in it.
func targets(arguments []string) ([]target, error) {
	var all []target
	add := func(t target) {
		i := slices.IndexFunc(all, func(other target) bool { return filepath.Clean(other.path) == filepath.Clean(t.path) })
		switch {
		case i < 0:
			all = append(all, t)
		case len(all[i].only) == 0 || len(t.only) == 0:
			all[i].only, all[i].inside = nil, all[i].inside && t.inside
		default:
			all[i].only = append(all[i].only, t.only...)
		}
	}
	for _, argument := range arguments {
		path, only, named := strings.Cut(argument, "::")
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return nil, &Error{Class: Usage, Message: fmt.Sprintf("%s: no such script", path),
				Hint: "name a file or a directory of scripts: lab run scripts/election.star", Err: err}
		case info.IsDir() && named:
			return nil, &Error{Class: Usage, Message: fmt.Sprintf("%s: %s is a directory", argument, path),
				Hint: "an experiment is named with its file: FILE::EXPERIMENT; -k selects by name"}
		case info.IsDir():
			inside, err := scriptsIn(path)
			if err != nil {
				return nil, err
			}
			for _, path := range inside {
				add(target{path: path, inside: true})
			}
		case named:
			add(target{path: path, only: []string{only}})
		default:
			add(target{path: path})
		}
	}
	return all, nil
}

// scriptsIn returns the scripts of a directory, sorted.
func scriptsIn(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, &Error{Class: Usage, Message: err.Error(), Err: err}
	}
	var paths []string
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) == ".star" && !entry.IsDir() {
			paths = append(paths, filepath.Join(dir, entry.Name()))
		}
	}
	if len(paths) == 0 {
		return nil, &Error{Class: Usage, Message: fmt.Sprintf("%s: no script in this directory", dir),
			Hint: "a script's name ends in .star"}
	}
	return paths, nil
}
