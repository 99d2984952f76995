package lab

import (
	"context"
	"fmt"
	"io/fs"
	"slices"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/build"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/skeleton"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/program"
)

// Listing is what a file offers.
type Listing struct {
	Path        string
	Doc         string
	Engine      string // the one that it runs on by default
	Experiments []*load.Experiment
	Err         *trouble.Error // why it could not be loaded; then there is nothing but the path
}

// List says what the targets offer. builtins is as in Run. No experiment runs, and no plugin is built or started: what the scripts name is
// looked at as files. Options count as in Run.
func List(ctx context.Context, builtins *manifest.Manifest, o Options) ([]Listing, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	b := &session{options: o, looked: map[string]bool{}, modules: builtins.Modules}
	if o.GiveUp != nil {
		b.guard = newGuard(ctx, b)
		defer b.guard.end()
	}
	b.notify(host.Unread())
	for _, path := range o.Plugins {
		seen, err := b.look(path)
		if err != nil {
			return nil, classify(err)
		}
		b.modules = append(b.modules, seen.Modules...)
	}
	files, err := b.loadAll(ctx)
	if err != nil {
		return nil, classified(ctx, err)
	}
	var all []Listing
	for _, f := range files {
		all = append(all, f.listing())
	}
	return all, nil
}

// look checks that there can be a plugin at the path, and returns what can be said of it without running it: its modules.
// Those of a program are remembered from its last run; of one of which none are, a notice says once how to see it.
func (b *session) look(path string) (*manifest.Manifest, error) {
	p, err := host.Look(path)
	if err != nil {
		return nil, err
	}
	if p.Manifest == nil {
		if !b.looked[p.Path] {
			b.notice(fmt.Sprintf("plugin %s is a program, which must be run to be seen: lab plugin describe %[1]s", path))
			b.looked[p.Path] = true
		}
		return &manifest.Manifest{}, nil
	}
	return p.Manifest, nil
}

// Plugins returns the plugins at hand, none of which is built or started, so that none but the built-in one has a
// manifest: those at the paths, those that are installed, and the built-in one last.
func Plugins(builtins *manifest.Manifest, o Options) ([]*host.Plugin, error) {
	installed, notices := host.Installed()
	var all []*host.Plugin
	for _, path := range append(slices.Clone(o.Plugins), installed...) {
		p, err := host.Look(path)
		switch {
		case err == nil && !slices.ContainsFunc(all, func(other *host.Plugin) bool { return other.Path == p.Path }):
			all = append(all, p)
		case err != nil && slices.Contains(o.Plugins, path):
			return nil, classify(err)
		case err != nil:
			notices = append(notices, host.Notice{Path: path, Text: fmt.Sprintf("plugin left out: %v", err)})
		}
	}
	b := &session{options: o}
	b.notify(append(notices, host.Unread()...))
	return append(all, &host.Plugin{Name: builtins.Name, Builtin: true, Manifest: builtins}), nil
}

// Describe returns what the plugin at the path serves of its own. Of the options the functions that tell count.
func Describe(ctx context.Context, builtins *manifest.Manifest, path string, o Options) (*manifest.Manifest, error) {
	var own *manifest.Manifest
	err := onSession(ctx, builtins, o, func(b *session) error {
		p, err := b.host.Find(path)
		if err == nil {
			own = b.host.Own(p)
		}
		return err
	})
	return own, err
}

// onSession does something that needs a host but runs nothing. When the context ends, so does everything.
func onSession(ctx context.Context, builtins *manifest.Manifest, o Options, do func(*session) error) error {
	b, _, err := newSession(ctx, builtins, o)
	if err != nil {
		return classified(ctx, err)
	}
	defer b.close()
	defer bug.Catch() // before close, which would wait for what has crashed
	return classified(ctx, do(b))
}

// NewPlugin writes a plugin of that name into the directory, which must be empty or not exist: with a kind of its own,
// or by the templates of another plugin.
func NewPlugin(dir, name string, templates fs.FS) error {
	if err := skeleton.Plugin(dir, name, templates); err != nil {
		known := classify(err)
		if known.Class == trouble.Plugin {
			known.Class = trouble.Usage // no plugin has come into it: the name or the directory is wrong
		}
		return known
	}
	return nil
}

// CleanPlugins removes the programs that were built, of plugins and for nodes, and that nobody uses, and compiled modules.
func CleanPlugins() (build.Cleaned, error) {
	cleaned, err := build.Clean("")
	if err != nil {
		return cleaned, classify(err)
	}
	modules, bytes := program.Clean()
	cleaned.Compiled, cleaned.Bytes = modules, cleaned.Bytes+bytes
	return cleaned, nil
}
