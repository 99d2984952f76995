package lab

import (
	"context"
	"fmt"
	"strings"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// file is a loaded script with the plugins it uses and the experiments that were asked for.
type file struct {
	path        string
	engine      string
	script      *script.File
	catalog     *host.Catalog
	kinds       *script.Kinds
	world       *host.Plugin // sim: the one whose process holds all nodes
	experiments []*script.Experiment
}

// loadAll loads the files of all targets before anything runs, so that a mistake in the last one costs no time.
func (b *bench) loadAll(ctx context.Context) ([]*file, error) {
	set, err := settings(b.options.Set)
	if err != nil {
		return nil, err
	}
	var files []*file
	selected := 0
	for _, target := range b.options.Targets {
		path, only, _ := strings.Cut(target, "::")
		if err := exists(path); err != nil {
			return nil, err
		}
		f, err := b.load(ctx, path)
		if err != nil {
			return nil, err
		}
		all, err := f.script.Experiments(set)
		if err != nil {
			return nil, err
		}
		if f.experiments, err = choose(path, all, only, b.options.Keyword); err != nil {
			return nil, err
		}
		selected += len(f.experiments)
		files = append(files, f)
	}
	if selected == 0 {
		return nil, &Error{Class: Usage, Message: fmt.Sprintf("no experiment matches -k %q", b.options.Keyword),
			Hint: "lab list FILE shows what there is", Err: errNoExperiment}
	}
	return files, nil
}

// load compiles a script and finds the plugins that it names.
func (b *bench) load(ctx context.Context, path string) (*file, error) {
	var named []*host.Plugin
	s, err := script.Load(ctx, path, script.LoadOptions{Plugin: func(path string) (*wire.Manifest, error) {
		p, err := b.host.Find(path)
		if err != nil {
			return nil, err
		}
		named = append(named, p)
		return p.Manifest, nil
	}})
	if err != nil {
		return nil, err
	}
	f := &file{path: path, script: s, engine: orElse(b.options.Engine, orElse(s.Engine, "live"))}
	if f.engine == "live" && b.options.Twice {
		return nil, &Error{Class: Usage, Message: path + ": two live runs never have equal digests", Hint: "--twice goes with --engine sim"}
	}
	plugins := append(append(named, b.general...), b.host.Builtin())
	var notices []host.Notice
	f.catalog, notices = host.NewCatalog(plugins...)
	b.notify(notices)
	if err := f.prepareKinds(); err != nil {
		return nil, err
	}
	if f.engine == "sim" {
		if f.world, err = b.worldOf(plugins); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *file) prepareKinds() error {
	var kinds []*wire.Kind
	for _, name := range f.catalog.Names() {
		kind, _, _ := f.catalog.Kind(name)
		kinds = append(kinds, kind)
	}
	var err error
	f.kinds, err = script.NewKinds(kinds...)
	return err
}

// worldOf chooses the program that holds all nodes of a sim world. Package directories are built together into one; of
// several programs the one that serves most kinds is taken, at a tie the one named first.
func (b *bench) worldOf(plugins []*host.Plugin) (*host.Plugin, error) {
	var directories []string
	for _, p := range plugins {
		if p.Directory != "" {
			directories = append(directories, p.Directory)
		}
	}
	if len(directories) > 1 {
		return b.host.Compose(directories)
	}
	best := plugins[0]
	for _, p := range plugins {
		if len(p.Manifest.GetKinds()) > len(best.Manifest.GetKinds()) {
			best = p
		}
	}
	return best, nil
}

// choose returns the experiments that were asked for by name and keyword.
func choose(path string, all []*script.Experiment, only, keyword string) ([]*script.Experiment, error) {
	if len(all) == 0 {
		return nil, &Error{Class: Usage, Message: path + ": no experiment", Hint: "an experiment is a function named test_*, such as def test_x(lab)", Err: errNoExperiment}
	}
	var chosen []*script.Experiment
	var names []string
	named := false
	for _, e := range all {
		match := only == "" || e.Name == only || e.ID == only
		named = named || match
		names = append(names, e.ID)
		if match && strings.Contains(e.ID, keyword) {
			chosen = append(chosen, e)
		}
	}
	if !named {
		return nil, &Error{Class: Usage, Message: fmt.Sprintf("%s: no experiment %q", path, only),
			Hint: "experiments are " + strings.Join(names, ", "), Err: errNoExperiment}
	}
	return chosen, nil
}
