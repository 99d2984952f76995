package lab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/netlab-dev/netlab/lab/build"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/shell"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/spell"
)

// file is a script with the plugins it uses and the experiments that were asked for; with err alone one that could not
// be loaded.
type file struct {
	path   string
	engine string
	script *load.File
	*shelf
	experiments []*load.Experiment
	err         *trouble.Error
}

func (f *file) listing() Listing {
	if f.err != nil {
		return Listing{Path: f.path, Err: f.err}
	}
	return Listing{Path: f.path, Doc: f.script.Doc, Engine: f.engine, Experiments: f.experiments}
}

// loadAll loads the files of all targets before anything runs, so that a mistake in the arguments costs no time. One that
// cannot be loaded does not keep the others from it: it has its place among them. Alone it is the error.
func (b *session) loadAll(ctx context.Context) ([]*file, error) {
	set, err := settings(b.options.Set)
	if err != nil {
		return nil, err
	}
	wanted, err := targets(b.options.Targets)
	if err != nil {
		return nil, err
	}
	var notices []host.Notice
	if b.installed, notices = host.Installed(); b.host != nil {
		b.notify(notices)
	}
	var files []*file
	for _, t := range wanted {
		f, err := b.load(ctx, t.path)
		if err != nil {
			known := classify(err)
			if ctx.Err() != nil || known.Class == trouble.Usage || len(wanted) == 1 {
				return nil, err
			}
			if !strings.Contains(known.Error(), t.path) { // it is in what the file loads
				err = in(t.path, err)
			}
			f = &file{path: t.path, err: classify(err)}
		}
		files = append(files, f)
	}
	chosen, err := b.chosen(files, wanted, set)
	if err != nil {
		return nil, err
	}
	return chosen, knownSettings(set, chosen)
}

// chosen leaves the files of which something is to run, or to be told.
func (b *session) chosen(files []*file, wanted []target, set map[string]string) ([]*file, error) {
	var chosen []*file
	for i, f := range files {
		if f.err != nil {
			chosen = append(chosen, f)
			continue
		}
		all := f.script.Offer(set)
		if len(all) == 0 && wanted[i].inside {
			continue
		}
		var err error
		if f.experiments, err = choose(f.path, all, wanted[i], b.options.Keyword); err != nil {
			return nil, err
		}
		if len(f.experiments) > 0 {
			chosen = append(chosen, f)
		}
	}
	switch {
	case len(chosen) > 0:
		return chosen, nil
	case b.options.Keyword != "":
		return nil, &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("no experiment matches -k %q", b.options.Keyword),
			Hint: "lab list FILE shows what there is", Err: errNoExperiment}
	}
	return nil, noExperiment(strings.Join(b.options.Targets, ", "))
}

// knownSettings refuses a setting of which no experiment that is to run has the parameter, unless it may belong to a
// file that could not be loaded.
func knownSettings(set map[string]string, chosen []*file) error {
	var known []string
	for _, f := range chosen {
		if f.err != nil {
			return nil
		}
		for _, e := range f.experiments {
			for _, p := range e.Params() {
				known = append(known, p.Name)
			}
		}
	}
	slices.Sort(known)
	known = slices.Compact(known)
	for _, name := range slices.Sorted(maps.Keys(set)) {
		if slices.Contains(known, name) {
			continue
		}
		e := &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("no parameter %q", name)}
		switch near := spell.Nearest(name, known); {
		case near != "":
			e.Text += fmt.Sprintf(" (did you mean %q?)", near)
		case len(known) == 0:
			e.Hint = "what is to run has no parameters"
		default:
			e.Hint = "what is to run has " + strings.Join(known, ", ")
		}
		if len(chosen) == 1 {
			e.Text = chosen[0].path + ": " + e.Text
		}
		return e
	}
	return nil
}

// load compiles a script and finds the plugins that it names.
func (b *session) load(ctx context.Context, path string) (*file, error) {
	found := &search{session: b}
	s, err := load.Load(ctx, path, load.Options{
		Plugin: found.declared, Installed: found.install, Modules: b.modules, Notice: b.notice, Limit: b.limit(),
	})
	if err != nil {
		return nil, found.explain(err)
	}
	f := &file{path: path, script: s, engine: cmp.Or(b.options.Engine, s.Engine, "live"), shelf: &shelf{}}
	if f.engine == Both {
		f.engine = "live" // first, see engines
	} else if f.engine == "live" && b.options.Twice {
		return nil, &trouble.Error{Class: trouble.Usage, Text: path + ": two live runs never have equal digests",
			Hint: "--twice goes with --engine sim"}
	}
	if b.host == nil {
		return f, nil
	}
	f.plugins, f.installed = append(found.named, b.general...), found.installed
	if err := b.fill(f); err != nil {
		return nil, in(path, err)
	}
	return f, nil
}

// search finds the plugins that a script names while it is being loaded.
type search struct {
	*session
	named, installed []*host.Plugin
	failed           error // of a plugin, which the script's error only quotes
}

// declared answers plugin(path).
func (s *search) declared(path string) (*manifest.Manifest, error) {
	found, err := s.find(path, &s.named)
	if err != nil {
		s.failed = err
		return nil, unnamed(err)
	}
	return found, nil
}

// install looks for a plugin whose words are loaded among those that are installed.
func (s *search) install(name string) (*manifest.Manifest, error) {
	i := slices.IndexFunc(s.session.installed, func(path string) bool { return build.NameOf(path) == name })
	if i < 0 {
		return nil, nil
	}
	return s.find(s.session.installed[i], &s.installed)
}

func (s *search) find(path string, found *[]*host.Plugin) (*manifest.Manifest, error) {
	if s.host == nil {
		return s.look(path) // no kind is needed: nodes are added in experiments, not at top level
	}
	p, err := s.host.Find(path)
	if err != nil {
		return nil, err
	}
	*found = append(*found, p)
	return s.host.Own(p), nil
}

// explain gives the error of a load the class and hint of the plugin's error that it quotes.
func (s *search) explain(err error) error {
	if s.failed == nil {
		return err
	}
	known := classify(s.failed)
	return &trouble.Error{Class: known.Class, Text: err.Error(), Hint: known.Hint, Err: s.failed}
}

// unnamed leaves out the plugin that an error is about, because a script's error begins with the path that the script has.
func unnamed(err error) error {
	var known *trouble.Error
	if errors.As(err, &known) && known.Plugin != "" {
		return errors.New(known.Text)
	}
	return err
}

// in names the file in which an error has come up.
func in(path string, err error) error {
	known := *classify(err)
	known.Text, known.Pos = known.Error(), trouble.Position{File: path}
	return &known
}

// choose returns the experiments that were asked for by name and keyword. A name must be there even where all run.
func choose(path string, all []*load.Experiment, wanted target, keyword string) ([]*load.Experiment, error) {
	if len(all) == 0 {
		return nil, noExperiment(path)
	}
	for _, name := range wanted.only {
		if !slices.ContainsFunc(all, func(e *load.Experiment) bool { return e.Name == name || e.ID == name }) {
			return nil, unknownExperiment(path, name, all)
		}
	}
	var chosen []*load.Experiment
	for _, e := range all {
		named := wanted.whole || slices.Contains(wanted.only, e.Name) || slices.Contains(wanted.only, e.ID)
		if !named || !strings.Contains(e.ID, keyword) {
			continue
		}
		if e.Refused != nil {
			return nil, aboutFlags(e.Refused)
		}
		chosen = append(chosen, e)
	}
	return chosen, nil
}

func unknownExperiment(path, name string, all []*load.Experiment) error {
	names := make([]string, len(all))
	for i, e := range all {
		names[i] = e.ID
	}
	e := &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("%s: no experiment %q", path, name),
		Hint: "experiments are " + strings.Join(names, ", "), Err: errNoExperiment}
	if near := spell.Nearest(name, names); near != "" {
		e.Text += fmt.Sprintf(" (did you mean %q?)", near)
	}
	test, values, _ := strings.Cut(strings.TrimSuffix(name, "]"), "[")
	if i := slices.IndexFunc(all, func(e *load.Experiment) bool { return e.Name == test }); i >= 0 {
		if flags := flagsOf(values, all[i].Params()); flags != "" {
			e.Hint += "; other values: " + shell.Quote(path+"::"+test) + flags
		}
	}
	return e
}

// flagsOf are the flags for what stands in brackets behind a test, n=7,deep=False: a comma is part of a value unless a
// parameter follows it. There are none for what begins with no parameter.
func flagsOf(values string, params []load.Param) (flags string) {
	begins := func(text string) bool {
		return slices.ContainsFunc(params, func(p load.Param) bool { return p.Flag && strings.HasPrefix(text, p.Name+"=") })
	}
	if !begins(values) {
		return ""
	}
	from := 0
	for i := range values {
		if values[i] == ',' && begins(values[i+1:]) {
			flags += " --set " + shell.Quote(values[from:i])
			from = i + 1
		}
	}
	return flags + " --set " + shell.Quote(values[from:])
}

var errNoExperiment = errors.New("no experiment")

func noExperiment(path string) error {
	return &trouble.Error{Class: trouble.Usage, Text: path + ": no experiment", Err: errNoExperiment,
		Hint: "an experiment is a function named test_*, such as def test_x(lab)"}
}

// aboutFlags is an error of the values for parameters: a mistake in the arguments, not in the script.
func aboutFlags(err error) error {
	known := classify(err)
	if known.Class == trouble.Script {
		known.Class = trouble.Usage
	}
	return known
}

// settings turns NAME=VALUE texts into a map.
func settings(texts []string) (map[string]string, error) {
	set := make(map[string]string, len(texts))
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("--set %s: want NAME=VALUE", text),
				Hint: "for example --set nodes=7"}
		}
		if other, twice := set[name]; twice && other != value {
			return nil, &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("--set %s is given twice: %s and %s", name, other, value)}
		}
		set[name] = value
	}
	return set, nil
}
