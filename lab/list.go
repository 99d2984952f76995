package lab

import (
	"context"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// Listing is what a file offers.
type Listing struct {
	Path        string
	Doc         string
	Engine      string // the one that it runs on by default
	Experiments []*script.Experiment
	Err         *Error // why it could not be loaded; then there is nothing but the path
}

// List says what the targets offer, without running anything. Options count as in Run.
func List(ctx context.Context, builtins *wire.Manifest, o Options) ([]Listing, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	var all []Listing
	err := onBench(ctx, builtins, o, func(b *bench) error {
		files, err := b.loadAll(ctx)
		for _, f := range files {
			all = append(all, f.listing())
		}
		return err
	})
	return all, err
}

// Plugins returns the plugins at hand: those at the paths, those of the plugin folders, and the built-in one last.
func Plugins(ctx context.Context, builtins *wire.Manifest, o Options) ([]*host.Plugin, error) {
	var all []*host.Plugin
	err := onBench(ctx, builtins, o, func(b *bench) error {
		all = append(b.general, b.host.Builtin())
		return nil
	})
	return all, err
}

// Describe returns what the plugin at the path serves of its own.
func Describe(ctx context.Context, builtins *wire.Manifest, path string) (*wire.Manifest, error) {
	var own *wire.Manifest
	err := onBench(ctx, builtins, Options{}, func(b *bench) error {
		p, err := b.host.Find(path)
		if err == nil {
			own = b.host.Own(p)
		}
		return err
	})
	return own, err
}

// onBench does something that needs a host but runs nothing. When the context ends, so does everything.
func onBench(ctx context.Context, builtins *wire.Manifest, o Options, do func(*bench) error) error {
	b, _, err := newBench(ctx, builtins, o)
	if err != nil {
		return trouble(ctx, err)
	}
	defer b.close()
	defer bug.Catch() // before close, which would wait for what has crashed
	return trouble(ctx, do(b))
}

// NewPlugin writes a plugin of that name into the directory, which must be empty or not exist: with a kind of its own,
// or with a strategy in a balancer of its own kind.
func NewPlugin(dir, name string, strategy bool) error {
	write := host.NewPlugin
	if strategy {
		write = host.NewStrategy
	}
	if err := write(dir, name); err != nil {
		return classify(err)
	}
	return nil
}
