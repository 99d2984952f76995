package lab

import (
	"context"

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
}

// List says what the targets offer, without running anything. Options count as in Run.
func List(ctx context.Context, builtins *wire.Manifest, o Options) ([]Listing, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	b, err := newBench(builtins, o)
	if err != nil {
		return nil, classify(err)
	}
	defer b.close()
	files, err := b.loadAll(ctx)
	if err != nil {
		return nil, classify(err)
	}
	var all []Listing
	for _, f := range files {
		all = append(all, Listing{Path: f.path, Doc: f.script.Doc, Engine: f.engine, Experiments: f.experiments})
	}
	return all, nil
}

// Plugins returns the plugins at hand: those at the paths, those of the plugin folders, and the built-in one last.
func Plugins(builtins *wire.Manifest, o Options) ([]*host.Plugin, error) {
	b, err := newBench(builtins, o)
	if err != nil {
		return nil, classify(err)
	}
	defer b.close()
	return append(b.general, b.host.Builtin()), nil
}

// Describe returns the plugin at the path.
func Describe(builtins *wire.Manifest, o Options, path string) (*host.Plugin, error) {
	b, err := newBench(builtins, o)
	if err != nil {
		return nil, classify(err)
	}
	defer b.close()
	p, err := b.host.Find(path)
	if err != nil {
		return nil, classify(err)
	}
	return p, nil
}

// NewPlugin writes a plugin of that name into the directory, which must be empty or not exist.
func NewPlugin(dir, name string) error {
	if err := host.NewPlugin(dir, name); err != nil {
		return classify(err)
	}
	return nil
}
