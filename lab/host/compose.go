package host

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netlab-dev/netlab/lab/build"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// Compose builds the Go packages in the directories, together with the built-in kinds, into one program, and returns it
// as a plugin: so all kinds of a topology can live in one process, as sim wants it. Each package has a
//
//	func Plugin() sdk.Plugin
//
// and is in a Go module. A single directory may also hold a package main, which is built as it is. Where two have a
// kind of one name, the first in the order of their paths has it; the built-in kinds come last. Programs are kept in
// the cache, and built again only when a file has changed. Errors are *Error; that of a program that does not build
// carries the compiler's words.
func (h *Host) Compose(dirs []string) (*Plugin, error) {
	if len(dirs) == 0 {
		return nil, errors.New("compose: no directories")
	}
	end, err := h.begin()
	if err != nil {
		return nil, err
	}
	defer end()
	dirs, err = absolute(dirs)
	if err != nil {
		return nil, err
	}
	return h.once(strings.Join(dirs, "\n"), func() (*Plugin, error) {
		if _, ok := h.reattach[build.NameOf(dirs[0])]; ok && len(dirs) == 1 {
			return h.described(dirs[0])
		}
		packages, err := readPackages(dirs)
		if err != nil {
			return nil, err
		}
		return h.compose(packages)
	})
}

// absolute returns the absolute paths, each once, in order.
func absolute(dirs []string) ([]string, error) {
	paths := make([]string, len(dirs))
	for i, dir := range dirs {
		var err error
		if paths[i], err = filepath.Abs(dir); err != nil {
			return nil, err
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
}

func readPackages(dirs []string) ([]*build.Package, error) {
	packages := make([]*build.Package, len(dirs))
	for i, dir := range dirs {
		var err error
		if packages[i], err = build.ReadPackage(dir); err != nil {
			return nil, err
		}
		if packages[i].Main && len(packages) > 1 {
			return nil, &trouble.Error{
				Class: trouble.Plugin, Plugin: dir,
				Text: "a package main cannot be built together with other plugins",
				Hint: "move its kinds to a package of their own, with func Plugin() sdk.Plugin",
			}
		}
	}
	return packages, nil
}

// compose builds a program of packages and asks it what it serves.
func (h *Host) compose(packages []*build.Package) (*Plugin, error) {
	program, err := h.builder.Build(h.ctx, packages)
	if err != nil {
		if h.ctx.Err() != nil {
			return nil, ErrClosed
		}
		return nil, err
	}
	p, err := h.described(program)
	if err != nil {
		return nil, err
	}
	p.built = true
	for _, pkg := range packages {
		if err := embedded(p, pkg.Dir); err != nil {
			return nil, err
		}
	}
	if len(packages) == 1 && !packages[0].Main {
		p.Directory = packages[0].Dir
	}
	return p, nil
}
