package host

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/netlab-dev/netlab/lab/build"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/program"
)

// Program returns the path of a WebAssembly module, compiled into the user's cache. A directory is that of a Go package main,
// of which the module is built. Errors are *Error.
func (h *Host) Program(ctx context.Context, path string) (string, error) {
	end, err := h.begin()
	if err != nil {
		return "", err
	}
	defer end()
	module, err := filepath.Abs(path)
	if err == nil && build.IsDirectory(module) {
		module, err = h.builder.Module(ctx, module)
	}
	if err != nil {
		return "", err
	}
	return module, h.compile(module, path)
}

// compile compiles a module, which the user calls by a shorter name.
func (h *Host) compile(module, name string) error {
	defer h.builder.Announce("compiling program " + name + " ...")()
	err := program.Compile(module, h.checks.Load())
	if err == nil {
		return nil
	}
	known := &trouble.Error{Class: trouble.Script, Text: err.Error(), Err: err}
	var hinted interface{ Misuse() (hint string) }
	if errors.As(err, &hinted) {
		known.Hint = hinted.Misuse()
	}
	return known
}

// BuildProgram returns the path of the module made of a Go package main: of that in a directory, or of a published one,
// PACKAGE@VERSION. It is compiled as well, for the first run to begin at once. Errors are *Error.
func (h *Host) BuildProgram(ctx context.Context, what string) (string, error) {
	end, err := h.begin()
	if err != nil {
		return "", err
	}
	defer end()
	var module string
	dir, err := filepath.Abs(what)
	switch {
	case err != nil:
	case build.IsDirectory(dir):
		module, err = h.builder.Module(ctx, dir)
	case strings.Contains(what, "@"):
		module, err = h.builder.Published(ctx, what)
	default:
		err = &trouble.Error{
			Class: trouble.Usage, Text: fmt.Sprintf("there is no directory %s", what),
			Hint: "name the directory of a Go package main, or a published one: PACKAGE@VERSION",
		}
	}
	if err != nil {
		return "", err
	}
	return module, h.compile(module, what)
}

// CheckPrograms makes the programs of processes that start from now on tell of an endless loop, which takes them time.
func (h *Host) CheckPrograms() { h.checks.Store(true) }

// ChecksPrograms reports whether they do.
func (h *Host) ChecksPrograms() bool { return h.checks.Load() }
