package build

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

	"github.com/netlab-dev/netlab/lab/trouble"
)

// Package is a plugin's package.
type Package struct {
	Dir        string
	importPath string
	module     GoModule
	Main       bool
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

// ReadPackage looks at the package in a directory, without the go command.
func ReadPackage(dir string) (*Package, error) {
	found, err := packageFiles.ImportDir(dir, 0)
	var none *build.NoGoError
	switch {
	case errors.As(err, &none):
		return nil, &trouble.Error{
			Class: trouble.Plugin, Plugin: dir,
			Text: "no Go package in this directory",
			Hint: "a plugin's directory holds a Go package with func Plugin() sdk.Plugin; lab plugin new DIR makes one",
			Err:  err,
		}
	case err != nil:
		return nil, &trouble.Error{Class: trouble.Plugin, Plugin: dir, Text: err.Error(), Err: err}
	}
	m, ok := enclosingModule(dir)
	if !ok {
		return nil, &trouble.Error{
			Class: trouble.Plugin, Plugin: dir,
			Text: "there is no go.mod in it or above it",
			Hint: "run go mod init in it, or let lab plugin new DIR make a plugin",
		}
	}
	p := &Package{Dir: dir, module: m, Main: found.Name == "main"}
	inside, err := filepath.Rel(m.dir, dir)
	if err != nil {
		return nil, err
	}
	p.importPath = path.Join(m.path, filepath.ToSlash(inside))
	if !p.Main && !declaresPlugin(dir, found.GoFiles) {
		return nil, &trouble.Error{
			Class: trouble.Plugin, Plugin: dir,
			Text: fmt.Sprintf("package %s has no func Plugin() sdk.Plugin", found.Name),
			Hint: "add one that returns the package's kinds: func Plugin() sdk.Plugin { return sdk.Plugin{Name: ...} }",
		}
	}
	return p, nil
}

// checkSources refuses what is named as a source and is none, such as a named pipe: the go command would wait for it.
func checkSources(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil // the package says it better
	}
	for _, entry := range entries {
		info, err := os.Stat(filepath.Join(dir, entry.Name()))
		if err == nil && filepath.Ext(entry.Name()) == ".go" && !info.Mode().IsRegular() && !info.IsDir() {
			return fmt.Errorf("%s is not a regular file (%v)", entry.Name(), info.Mode().Type())
		}
	}
	return nil
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
