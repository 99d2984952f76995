package host

import (
	"context"
	"errors"
	"path/filepath"

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
	defer h.builder.Announce("compiling program " + path + " ...")()
	if err := program.Compile(module); err != nil {
		known := &trouble.Error{Class: trouble.Script, Text: err.Error(), Err: err}
		var hinted interface{ Misuse() (hint string) }
		if errors.As(err, &hinted) {
			known.Hint = hinted.Misuse()
		}
		return "", known
	}
	return module, nil
}
