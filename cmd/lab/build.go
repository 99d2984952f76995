package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab"
)

func newBuild(io streams) *cobra.Command {
	var out string
	cmd := &cobra.Command{
		Use:   "build DIR | PACKAGE@VERSION",
		Short: "make a WebAssembly module of a Go program, for the kind program",
		Long: "build compiles the Go package main in DIR, or a published one, to a WebAssembly module. It uses the go command.\n" +
			"The program needs no change: net.Listen, net.Dial, names of nodes and files work as on its own machine.\n" +
			"A script adds the module with lab.add(\"program\", path = \"./NAME.wasm\"). If the path is DIR, the script does not\n" +
			"need this command. lab doc programs says which programs work.",
		Args: arguments(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			builtins, err := builtinManifest()
			if err != nil {
				return err
			}
			if out == "" {
				out = moduleName(args[0])
			}
			if err := lab.BuildProgram(cmd.Context(), builtins, args[0], out, describing(io)); err != nil {
				return err
			}
			info, err := os.Stat(out)
			if err != nil {
				return err
			}
			fmt.Fprintf(io.out, "wrote %s, %.1f MiB\n", out, float64(info.Size())/(1<<20))
			return nil
		},
	}
	cmd.Flags().StringVarP(&out, "output", "o", "", "the file to write (default: NAME.wasm)")
	return cmd
}

// moduleName is the file of what is built: named by the directory, or by the package.
func moduleName(what string) string {
	if dir, err := filepath.Abs(what); err == nil {
		if info, err := os.Stat(dir); err == nil && info.IsDir() {
			return filepath.Base(dir) + ".wasm"
		}
	}
	name, _, _ := strings.Cut(what, "@")
	return path.Base(name) + ".wasm"
}
