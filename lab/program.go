package lab

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
)

// made is the module of a path that scripts have named. It is made once for all runs of a command, and once more with checks.
type made struct {
	once   sync.Once
	module string
	err    error
}

// program makes the modules of paths, as script.RunOptions.Program wants it.
func (b *session) program(ctx context.Context) func(path string) (string, error) {
	return func(path string) (string, error) {
		type key struct {
			path   string
			checks bool
		}
		kept, _ := b.programs.LoadOrStore(key{path, b.host.ChecksPrograms()}, &made{})
		m := kept.(*made)
		m.once.Do(func() {
			m.module, m.err = b.host.Program(ctx, path)
			b.built.Store(new(time.Now()))
		})
		return m.module, m.err
	}
}

// usesPrograms tells whether a script has named a program.
func (b *session) usesPrograms() (uses bool) {
	b.programs.Range(func(_, _ any) bool {
		uses = true
		return false
	})
	return uses
}

// BuildProgram makes a WebAssembly module of a Go package main, the one in a directory or a published one, PACKAGE@VERSION,
// and writes it to out. Of the options the functions that tell count.
func BuildProgram(ctx context.Context, builtins *manifest.Manifest, what, out string, o Options) error {
	return onSession(ctx, builtins, o, func(b *session) error {
		module, err := b.host.BuildProgram(ctx, what)
		if err != nil {
			return err
		}
		if err := copyFile(module, out); err != nil {
			return &trouble.Error{Class: trouble.Host, Text: err.Error(), Err: err}
		}
		return nil
	})
}

// copyFile replaces a file by another one's contents, in one step.
func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), ".building-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name()) // renamed when all went well
	_, err = io.Copy(out, in)
	if err = errors.Join(err, out.Chmod(0o644), out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}
