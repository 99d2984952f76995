package host

import (
	"errors"
	"fmt"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

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
	absolute := make([]string, len(dirs))
	for i, dir := range dirs {
		if absolute[i], err = filepath.Abs(dir); err != nil {
			return nil, err
		}
	}
	slices.Sort(absolute)
	absolute = slices.Compact(absolute)
	return h.once(strings.Join(absolute, "\n"), func() (*Plugin, error) {
		if _, ok := h.reattach[nameOf(absolute[0])]; ok && len(absolute) == 1 {
			return h.described(absolute[0])
		}
		packages := make([]*goPackage, len(absolute))
		for i, dir := range absolute {
			var err error
			if packages[i], err = readPackage(dir); err != nil {
				return nil, err
			}
			if packages[i].main && len(packages) > 1 {
				return nil, &trouble.Error{
					Class: trouble.Plugin,
					Text:  fmt.Sprintf("plugin %s: a package main cannot be built together with other plugins", dir),
					Hint:  "move its kinds to a package of their own, with func Plugin() sdk.Plugin",
				}
			}
		}
		program, err := h.build(packages)
		if err != nil {
			return nil, err
		}
		p, err := h.described(program)
		if err != nil {
			return nil, err
		}
		p.built = true
		if len(packages) == 1 && !packages[0].main {
			p.Directory = packages[0].dir
		}
		return p, nil
	})
}

// goPackage is a plugin's package.
type goPackage struct {
	dir        string
	importPath string
	module     goModule
	main       bool
}

// packageFiles reads packages as the go command does, regular files only: opening another one may never return.
var packageFiles = func() build.Context {
	c := build.Default
	c.ReadDir = func(dir string) ([]fs.FileInfo, error) {
		entries, err := os.ReadDir(dir)
		var files []fs.FileInfo
		for _, entry := range entries {
			info, err := os.Stat(filepath.Join(dir, entry.Name()))
			if err == nil && info.Mode().IsRegular() && info.Size() <= maxFile {
				files = append(files, info)
			}
		}
		return files, err
	}
	return c
}()

// readPackage looks at the package in a directory, without the go command.
func readPackage(dir string) (*goPackage, error) {
	found, err := packageFiles.ImportDir(dir, 0)
	var none *build.NoGoError
	switch {
	case errors.As(err, &none):
		return nil, &trouble.Error{
			Class: trouble.Plugin,
			Text:  fmt.Sprintf("plugin %s: no Go package in this directory", dir),
			Hint:  "a plugin's directory holds a Go package with func Plugin() sdk.Plugin; lab plugin new DIR makes one",
			Err:   err,
		}
	case err != nil:
		return nil, &trouble.Error{Class: trouble.Plugin, Text: fmt.Sprintf("plugin %s: %v", dir, err), Err: err}
	}
	m, ok := enclosingModule(dir)
	if !ok {
		return nil, &trouble.Error{
			Class: trouble.Plugin,
			Text:  fmt.Sprintf("plugin %s: there is no go.mod in it or above it", dir),
			Hint:  "run go mod init in it, or let lab plugin new DIR make a plugin",
		}
	}
	p := &goPackage{dir: dir, module: m, main: found.Name == "main"}
	inside, err := filepath.Rel(m.dir, dir)
	if err != nil {
		return nil, err
	}
	p.importPath = path.Join(m.path, filepath.ToSlash(inside))
	if !p.main && !declaresPlugin(dir, found.GoFiles) {
		return nil, &trouble.Error{
			Class: trouble.Plugin,
			Text:  fmt.Sprintf("plugin %s: package %s has no func Plugin() sdk.Plugin", dir, found.Name),
			Hint:  "add one that returns the package's kinds: func Plugin() sdk.Plugin { return sdk.Plugin{Name: ...} }",
		}
	}
	return p, nil
}

// declaresPlugin tells whether a function Plugin is declared in one of the files. Files that do not parse count as
// declaring it: the compiler says it better.
func declaresPlugin(dir string, files []string) bool {
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return true
		}
		for _, declaration := range file.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if ok && f.Recv == nil && f.Name.Name == "Plugin" {
				return true
			}
		}
	}
	return false
}
