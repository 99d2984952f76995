package build

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/build"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// mainHint says what a directory must hold.
const mainHint = "a program's directory holds a package main in a Go module"

// Module returns the path of the WebAssembly module made of the package main in a directory, building it if anything has
// changed: for GOOS=wasip1, with the network of a node in the place of package net's own.
func (b *Builder) Module(ctx context.Context, dir string) (string, error) {
	if err := checkMain(dir); err != nil {
		return "", err
	}
	p, err := b.module(dir, filepath.Base(dir))
	if err != nil {
		return "", err
	}
	p.packages, p.target = []*Package{{Dir: dir, Main: true}}, "."
	return b.made(ctx, p)
}

// Published returns the path of the WebAssembly module made of a package main of a published module: PACKAGE@VERSION.
func (b *Builder) Published(ctx context.Context, name string) (string, error) {
	target, version, _ := strings.Cut(name, "@")
	if target == "" || version == "" {
		return "", &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("got %q, want PACKAGE@VERSION", name)}
	}
	p, err := b.module(name, path.Base(target))
	if err != nil {
		return "", err
	}
	p.packages, p.target, p.called = []*Package{{Dir: p.dir, Main: true}}, target, name
	p.env = append(p.env, "GOWORK=off", "GO111MODULE=on")
	overlay := p.flags
	p.flags = func(ctx context.Context) ([]string, error) {
		if err := p.get(ctx, name); err != nil {
			return nil, err
		}
		return overlay(ctx)
	}
	return b.made(ctx, p)
}

// get makes the folder a module that requires the published one.
func (p *program) get(ctx context.Context, name string) error {
	file := filepath.Join(p.dir, "go.mod")
	if err := os.WriteFile(file, []byte("module lab.program\n\ngo 1.24.0\n"), 0o600); err != nil {
		return err
	}
	_, said, err := p.run(ctx, "get", name)
	var found []byte
	if err == nil {
		found, said, err = p.run(ctx, "list", "-f", "{{.Name}}", p.target)
	}
	bad := trouble.Error{Class: trouble.Plugin, Hint: "name the package of a command, which is often MODULE/cmd/NAME@VERSION", Err: err}
	switch what := strings.TrimSpace(string(found)); {
	case err != nil && bytes.Contains(said, []byte("no required module provides package")):
		bad.Text = fmt.Sprintf("program %s: its module has no such package", name)
	case err != nil:
		bad.Text, bad.Hint = fmt.Sprintf("program %s: %s", name, said), ""
	case what != "main":
		bad.Text = fmt.Sprintf("program %s: package %s is no main", name, what)
	default:
		return nil
	}
	return &bad
}

// module is a program for a node, without its packages.
func (b *Builder) module(key, name string) (*program, error) {
	cache, err := CacheDirectory(b.Cache)
	if err != nil {
		return nil, err
	}
	p := &program{builder: b, noun: "program", env: []string{"GOOS=wasip1", "GOARCH=wasm"}, salt: netOfLab + fmt.Sprint(edits)}
	p.dir = filepath.Join(cache, sum("program\n"+key))
	p.binary = filepath.Join(p.dir, name+".wasm")
	p.flags = p.overlayFlags
	return p, nil
}

// overlayFlags are those of the go command that put the network of a node into the program.
func (p *program) overlayFlags(ctx context.Context) ([]string, error) {
	out, said, err := p.run(ctx, "env", "-json", "GOROOT", "GOVERSION", "GOMODCACHE")
	var tool goTool
	if err = errors.Join(err, json.Unmarshal(out, &tool)); err != nil {
		return nil, fmt.Errorf("go env: %w: %s", err, bytes.TrimSpace(said))
	}
	if err := p.moveOut(&tool); err != nil {
		return nil, err
	}
	overlay, err := tool.overlay(p.dir)
	return []string{"-overlay", overlay, "-trimpath", "-ldflags=-s -w"}, err
}

// checkMain tells whether the go command can make a program of the directory, without it.
func checkMain(dir string) error {
	c := packageFiles
	c.GOOS, c.GOARCH, c.CgoEnabled = "wasip1", "wasm", false
	found, err := c.ImportDir(dir, 0)
	bad := trouble.Error{Class: trouble.Plugin, Hint: mainHint, Err: err}
	var none *build.NoGoError
	_, inModule := enclosingModule(dir)
	switch {
	case errors.As(err, &none) && len(found.IgnoredGoFiles) > 0:
		bad.Text = fmt.Sprintf("program %s: %s: for another system than GOOS=wasip1, or with cgo", dir, strings.Join(found.IgnoredGoFiles, ", "))
		bad.Hint = "lab doc programs lists the limits"
	case errors.As(err, &none):
		bad.Text = fmt.Sprintf("program %s: no Go package for GOOS=wasip1 in this directory", dir)
	case err != nil:
		bad.Text = fmt.Sprintf("program %s: %v", dir, err)
	case found.Name != "main":
		bad.Text = fmt.Sprintf("program %s: package %s is no main", dir, found.Name)
	case !inModule:
		bad.Text, bad.Hint = fmt.Sprintf("program %s: there is no go.mod in it or above it", dir), "run go mod init in it"
	default:
		return nil
	}
	return &bad
}
