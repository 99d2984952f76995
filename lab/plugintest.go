package lab

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/examine"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/sdktest"
	"github.com/netlab-dev/netlab/sdk/spell"
)

// PluginCheck is what came of one check of a plugin.
type PluginCheck struct {
	Kind     string   // empty: the plugin as a whole
	Name     string   // the rule: "the same seed is the same run, without calls"
	Failures []string // empty: the rule holds
	Wall     time.Duration
}

// PluginReport is what came of all checks of a plugin.
type PluginReport struct {
	Name, Path     string // Path is empty for the built-in plugin
	Passed, Failed int
	Wall           time.Duration
}

// PluginTest says what TestPlugin checks, and to whom it tells what it finds.
type PluginTest struct {
	// What names the plugin: the path of a program or of a package directory, else the name of a plugin at hand, or a kind
	// of one that is not merely installed, which is then the only one that is checked. Empty: the built-in plugin.
	What string
	// Plugins, Self, OnNotice and OnBuild are as in Options.
	Plugins  []string
	Self     string
	OnNotice func(text string)
	OnBuild  func(text string)
	// OnPlugin is called when the plugin is found, with the checks to come, then OnCheck after each of them. path is empty
	// for the built-in plugin. Either may be nil.
	OnPlugin func(name, path string, checks []PluginCheck)
	OnCheck  func(PluginCheck)
}

// TestPlugin checks that a plugin keeps the promises of every plugin: as a process among others, and its kinds one by
// one, on both engines' ground. builtins is the manifest of the plugin that Self serves. The error is about what could
// not be checked (*Error); a plugin that does not even answer the handshake has failed a check.
func TestPlugin(ctx context.Context, builtins *manifest.Manifest, o PluginTest) (*PluginReport, error) {
	var report *PluginReport
	options := Options{Plugins: o.Plugins, Self: o.Self, OnNotice: o.OnNotice, OnBuild: o.OnBuild}
	err := onSession(ctx, builtins, options, func(b *session) error {
		began := time.Now()
		e := &examination{session: b, test: o, report: &PluginReport{}}
		checks, err := e.checks()
		if err != nil {
			return err
		}
		if o.OnPlugin != nil {
			planned := make([]PluginCheck, len(checks))
			for i, c := range checks {
				planned[i] = PluginCheck{Kind: c.Kind, Name: c.Name}
			}
			o.OnPlugin(e.report.Name, e.report.Path, planned)
		}
		for _, c := range checks {
			e.check(ctx, c)
		}
		e.report.Wall = time.Since(began)
		report = e.report
		return ctx.Err()
	})
	return report, err
}

// examination is one TestPlugin.
type examination struct {
	session *session
	test    PluginTest
	report  *PluginReport
}

// check carries out one check. One that an interruption has ended has no outcome.
func (e *examination) check(ctx context.Context, c sdktest.Check) {
	if ctx.Err() != nil {
		return
	}
	began := time.Now()
	done := PluginCheck{Kind: c.Kind, Name: c.Name, Failures: c.Try(), Wall: time.Since(began)}
	switch {
	case ctx.Err() != nil:
		return
	case len(done.Failures) == 0:
		e.report.Passed++
	default:
		e.report.Failed++
	}
	if e.test.OnCheck != nil {
		e.test.OnCheck(done)
	}
}

// checks finds the plugin and says what there is to check about it. One that is there and cannot be used has failed the
// first check, and there are no others.
func (e *examination) checks() ([]sdktest.Check, error) {
	plugin, kind, err := e.find()
	if err != nil {
		if _, missing := os.Stat(e.test.What); missing != nil {
			return nil, err
		}
		e.report.Name, e.report.Path = e.test.What, e.test.What
		return []sdktest.Check{examine.Unusable(err)}, nil
	}
	e.report.Name = plugin.Name
	if !plugin.Builtin {
		e.report.Path = cmp.Or(plugin.Directory, plugin.Path)
	}
	kinds := []string{kind}
	if kind == "" {
		kinds = e.kindsOf(plugin)
	}
	return examine.Checks(e.session.host, plugin, kinds), nil
}

// find returns the plugin, and the kind when it was named by that.
func (e *examination) find() (p *host.Plugin, kind string, err error) {
	what, b := e.test.What, e.session
	if what == "" {
		return b.host.Builtin(), "", nil
	}
	if _, err := os.Stat(what); err == nil || strings.ContainsRune(what, os.PathSeparator) {
		p, err = b.host.Find(what)
		return p, "", err
	}
	var names, kinds []string
	all := append(slices.Clone(b.general), b.host.Builtin())
	for _, p := range all {
		if p.Name == what {
			return p, "", nil
		}
		names, kinds = append(names, p.Name), append(kinds, e.kindsOf(p)...)
	}
	for _, p := range all {
		if slices.Contains(e.kindsOf(p), what) {
			return p, what, nil
		}
	}
	p, installed, err := e.installed()
	if p == nil && err == nil {
		err = noPlugin(what, slices.Concat(names, installed, kinds))
	}
	return p, "", err
}

// installed returns the installed plugin of that name, which alone is started, or the names of all that are installed.
func (e *examination) installed() (p *host.Plugin, names []string, err error) {
	paths, notices := host.Installed()
	e.session.notify(notices)
	for _, path := range paths {
		looked, err := host.Look(path)
		if err != nil {
			continue
		}
		if looked.Name == e.test.What {
			p, err = e.session.host.Find(path)
			return p, nil, err
		}
		names = append(names, looked.Name)
	}
	return nil, names, nil
}

func noPlugin(what string, known []string) error {
	hint := "a plugin is a program or the directory of a Go package; by name there are " + strings.Join(known, ", ")
	if nearest := spell.Nearest(what, known); nearest != "" {
		hint = fmt.Sprintf("did you mean %q?", nearest)
	}
	return &trouble.Error{Class: trouble.Plugin, Text: fmt.Sprintf("no plugin or kind %q, and no such file", what), Hint: hint}
}

// kindsOf are the names of a plugin's own kinds.
func (e *examination) kindsOf(p *host.Plugin) []string {
	kinds := []string{}
	for _, k := range e.session.host.Own(p).Kinds {
		kinds = append(kinds, k.Name)
	}
	return kinds
}
