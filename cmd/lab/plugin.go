package main

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/plugins"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/serve"
)

// builtinManifest says what this very binary serves.
func builtinManifest() (*manifest.Manifest, error) { return serve.Manifest(plugins.Builtin()) }

func newPlugin(io streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "plugin",
		Short: "list, describe, test and write plugins, and remove built programs",
	}
	cmd.AddCommand(newPluginList(io), newPluginDescribe(io), newPluginTest(io), newPluginNew(io), newPluginClean(io))
	return cmd
}

func newPluginList(io streams) *cobra.Command {
	o := lab.Options{}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "list the available plugins and their kinds",
		Long: "list shows the plugins given by --plugin, the programs named lab-plugin-NAME in lab/plugins of the user's\n" +
			"data directory, and the built-in kinds. It builds and starts no plugin. To see the kinds of a plugin, use\n" +
			"lab plugin describe PATH.",
		Args: arguments(0, 0),
		RunE: func(*cobra.Command, []string) error {
			builtins, err := builtinManifest()
			if err != nil {
				return err
			}
			o.OnNotice = newPrinter(io).notice
			found, err := lab.Plugins(builtins, o)
			if err != nil {
				return err
			}
			for _, p := range found {
				printPlugin(io, p)
			}
			return nil
		},
	}
	pluginFlag(cmd, &o)
	return cmd
}

func printPlugin(io streams, p *host.Plugin) {
	if !p.Builtin {
		fmt.Fprintf(io.out, "%s  (%s)\n  lab plugin describe %[2]s shows its kinds\n", result.Visible(p.Name), result.Visible(p.Path))
		return
	}
	fmt.Fprintf(io.out, "%s  (built in)\n", p.Name)
	for _, k := range p.Manifest.Kinds {
		fmt.Fprintf(io.out, "  %s %s\n", result.Pad(result.Visible(k.Name), 14), result.Visible(k.Doc))
	}
}

func newPluginDescribe(io streams) *cobra.Command {
	return &cobra.Command{
		Use:   "describe [PATH]",
		Short: "show what a plugin serves: kinds, configuration, methods, events",
		Long: "describe prints the documentation of the plugin at PATH (a program or a package directory). Without PATH, it\n" +
			"prints the documentation of the built-in kinds.",
		Args: arguments(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			manifest, err := builtinManifest()
			if err != nil {
				return err
			}
			if len(args) == 1 {
				if manifest, err = lab.Describe(cmd.Context(), manifest, args[0], describing(io)); err != nil {
					return err
				}
			}
			return showPage(cmd.Context(), io, serve.Markdown(manifest))
		},
	}
}

// describing are the options of a command that looks at one plugin.
func describing(io streams) lab.Options {
	p := newPrinter(io)
	return lab.Options{OnNotice: p.notice, OnBuild: p.building}
}

func newPluginClean(io streams) *cobra.Command {
	return &cobra.Command{
		Use:   "clean",
		Short: "remove the programs that lab has built from plugins",
		Long: "clean removes the programs that lab has built from package directories, and the machine code of WebAssembly\n" +
			"programs. It keeps programs that are in use. Both are in the user's cache. lab makes them again when it needs\n" +
			"them. When all programs together, or all machine code, need more than 512 MiB, lab itself removes what was not\n" +
			"used for the longest time. LAB_CACHE_MIB sets another limit.",
		Args: arguments(0, 0),
		RunE: func(*cobra.Command, []string) error {
			cleaned, err := lab.CleanPlugins()
			if err != nil {
				return err
			}
			fmt.Fprintf(io.out, "removed %d built, %d compiled, %.1f MiB\n", cleaned.Removed, cleaned.Compiled, float64(cleaned.Bytes)/(1<<20))
			if cleaned.InUse > 0 {
				fmt.Fprintf(io.out, "kept %d in use\n", cleaned.InUse)
			}
			return nil
		},
	}
}

func newPluginNew(io streams) *cobra.Command {
	var name string
	var strategy bool
	cmd := &cobra.Command{
		Use:   "new DIR",
		Short: "write a plugin that builds, runs and passes its own test",
		Long: "new writes a Go module with a kind, its test, a script that uses it, and a program. With --strategy, the kind\n" +
			"is the balancer of lab with a strategy of your own.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError("plugin new: want one directory", "lab plugin new ./sticky")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			dir := args[0]
			if name == "" {
				absolute, err := filepath.Abs(dir)
				if err != nil {
					return err
				}
				name = filepath.Base(absolute)
			}
			var templates fs.FS
			if strategy {
				templates = plugins.StrategyTemplates
			}
			if err := lab.NewPlugin(dir, name, templates); err != nil {
				return err
			}
			fmt.Fprintf(io.out, "wrote %s\n\n", dir)
			fmt.Fprintf(io.out, "  lab run %s\n", filepath.Join(dir, name+".star"))
			fmt.Fprintf(io.out, "  lab plugin test %s\n", here(dir))
			fmt.Fprintf(io.out, "  cd %s && go test ./...\n", dir)
			return nil
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "the plugin's name (default: that of the directory)")
	cmd.Flags().BoolVar(&strategy, "strategy", false, "write a new balancer kind with a strategy of your own")
	return cmd
}

// here writes a path so that it cannot be taken for a name.
func here(path string) string {
	if filepath.IsAbs(path) || strings.HasPrefix(path, ".") {
		return path
	}
	return "." + string(filepath.Separator) + path
}
