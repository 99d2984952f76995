package main

import (
	_ "embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab/trouble"
)

//go:embed templates/experiment.star
var experiment []byte

func newNew(io streams) *cobra.Command {
	return &cobra.Command{
		Use:   "new FILE.star",
		Short: "write a first script that runs",
		Long: "new writes a script with two experiments that pass on both engines. Comments explain every part.\n" +
			"To start a plugin, use lab plugin new.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 || filepath.Ext(args[0]) != ".star" {
				return usageError("new: want one file whose name ends in .star", "lab new first.star")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error {
			path := args[0]
			if err := writeNew(path, experiment); err != nil {
				return err
			}
			fmt.Fprintf(io.out, "wrote %s\n\n", path)
			fmt.Fprintf(io.out, "  lab run %s\n", path)
			fmt.Fprintf(io.out, "  lab run --engine sim --runs 100 %s\n", path)
			fmt.Fprintf(io.out, "  lab doc scripts\n")
			return nil
		},
	}
}

// writeNew writes a file that must not exist.
func writeNew(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	switch {
	case errors.Is(err, fs.ErrExist):
		return usageError(path+" exists already", "name a file that does not exist yet")
	case errors.Is(err, fs.ErrNotExist):
		return usageError(fmt.Sprintf("%s: there is no directory %s", path, filepath.Dir(path)), "make it first")
	case err != nil:
		return &trouble.Error{Class: trouble.Host, Text: err.Error(), Err: err}
	}
	_, err = file.Write(text)
	if err = errors.Join(err, file.Close()); err != nil {
		return &trouble.Error{Class: trouble.Host, Text: err.Error(), Err: errors.Join(err, os.Remove(path))}
	}
	return nil
}
