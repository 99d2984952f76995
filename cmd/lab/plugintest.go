package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

func newPluginTest(io streams) *cobra.Command {
	var o lab.Options
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "test [PATH | NAME | KIND]",
		Short: "check that a plugin does what every plugin must do",
		Long: "test starts the plugin at PATH (a program or a package directory) and checks what every plugin must do. It checks\n" +
			"the process (handshake, version, its end when the lab ends, no unexpected output). It checks each kind in virtual\n" +
			"time and on real sockets (configuration, determinism, crashes, stops). It calls no methods and sends no requests:\n" +
			"use lab run --twice to check that methods and strategies are deterministic. NAME is a plugin that lab plugin list\n" +
			"shows. KIND is a built-in kind or a kind of a plugin given by --plugin. Without an argument, test checks the\n" +
			"built-in kinds.\n\n" +
			"The plugin's own Go test makes the checks of its kinds with sdktest.Run(t, Plugin()).",
		Args: arguments(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return testPlugin(cmd, io, o.Plugins, strings.Join(args, ""), asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print each check as a line of JSON")
	pluginFlag(cmd, &o)
	return cmd
}

func testPlugin(cmd *cobra.Command, io streams, plugins []string, what string, asJSON bool) error {
	builtins, err := builtinManifest()
	if err != nil {
		return err
	}
	p := newPrinter(io)
	test := lab.PluginTest{What: what, Plugins: plugins, OnNotice: p.notice, OnBuild: p.building, OnPlugin: p.plugin, OnCheck: p.check}
	if asJSON {
		test.OnPlugin = nil
		test.OnCheck = func(c lab.PluginCheck) { printJSON(io.out, c) }
	}
	report, err := lab.TestPlugin(cmd.Context(), builtins, test)
	if report == nil {
		return err
	}
	if !asJSON {
		p.checked(report)
	}
	if err == nil && report.Failed > 0 {
		return errReported{trouble.Plugin.ExitCode()}
	}
	return err
}

// rule is what a check is about, for people.
func rule(c lab.PluginCheck) string {
	if c.Kind == "" {
		return c.Name
	}
	return result.Visible(c.Kind) + ": " + c.Name
}

// plugin begins the list of a plugin's checks.
func (p *printer) plugin(name, path string, checks []lab.PluginCheck) {
	p.text.Names = 0
	for _, c := range checks {
		p.text.Names = max(p.text.Names, result.Columns(rule(c)))
	}
	if path == "" {
		path = "built in"
	}
	fmt.Fprintf(p.out, "%s  (%s)\n", result.Visible(name), result.Visible(path))
}

// check prints the line of one check, and what it has found.
func (p *printer) check(c lab.PluginCheck) {
	mark := p.text.Mark(true)
	if len(c.Failures) > 0 {
		mark = p.text.Mark(false)
	}
	fmt.Fprintf(p.out, "  %s %s  %5s\n", mark, result.Pad(rule(c), p.text.Names), result.Rough(c.Wall))
	for _, failure := range c.Failures {
		fmt.Fprintf(p.out, "      %s\n", strings.ReplaceAll(strings.TrimSpace(result.Visible(failure)), "\n", "\n      "))
	}
}

// checked prints the last line.
func (p *printer) checked(r *lab.PluginReport) {
	failed := ""
	if r.Failed > 0 {
		failed = fmt.Sprintf(", %d failed", r.Failed)
	}
	fmt.Fprintf(p.out, "%d passed%s in %s\n", r.Passed, failed, result.Rough(r.Wall))
}

// printJSON prints a check as one line, for programs.
func printJSON(out io.Writer, c lab.PluginCheck) {
	line, err := json.Marshal(struct {
		Kind     string   `json:"kind,omitempty"`
		Check    string   `json:"check"`
		OK       bool     `json:"ok"`
		Failures []string `json:"failures,omitempty"`
		Seconds  float64  `json:"seconds"`
	}{c.Kind, c.Name, len(c.Failures) == 0, c.Failures, c.Wall.Seconds()})
	if err != nil {
		panic(err) // texts and numbers
	}
	fmt.Fprintf(out, "%s\n", line)
}
