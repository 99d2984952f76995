package main

import (
	"bytes"
	"errors"
	"fmt"
	stdio "io"
	"os"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/format"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/star"
)

func newFmt(io streams) *cobra.Command {
	f := formatter{io: io}
	cmd := &cobra.Command{
		Use:   "fmt FILE | DIR | - ...",
		Short: "format scripts",
		Long: "fmt formats scripts and prints the names of the files that it changed. DIR means all scripts in the directory.\n" +
			"- means standard input: the formatted text goes to standard output. fmt does not change files that are not\n" +
			"scripts. It warns about a function that is made in a loop and uses the variable of the loop: it sees only the last\n" +
			"value.",
		Example: "  lab fmt scripts\n" +
			"  lab fmt --check scripts       # exit code 1 when a file is not formatted\n" +
			"  lab fmt -d scripts/mine.star  # only show the changes",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError("fmt: no script given", "lab fmt FILE, for example lab fmt scripts; - is standard input")
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return f.run(args) },
	}
	cmd.Flags().BoolVarP(&f.diff, "diff", "d", false, "print what would change, and change nothing")
	cmd.Flags().BoolVar(&f.check, "check", false, "change nothing; exit code 1 when a file is not formatted")
	return cmd
}

// exitUnformatted is the exit code of --check when there is something to do.
const exitUnformatted = 1

// formatter is one lab fmt.
type formatter struct {
	io          streams
	diff, check bool
	code        int // the exit code so far: one bad file does not keep the others from being formatted
}

func (f *formatter) run(args []string) error {
	var paths []string
	for _, arg := range args { // all of them before a file is written
		if arg == "-" {
			paths = append(paths, arg)
			continue
		}
		found, err := lab.Scripts(arg)
		if err != nil {
			return err
		}
		paths = append(paths, found...)
	}
	for _, path := range paths {
		if err := f.file(path); err != nil {
			f.code = max(f.code, exitCode(f.io, formatError(err)))
		}
	}
	if f.code != 0 {
		return errReported{f.code}
	}
	return nil
}

// read reads a file or standard input, and no more of it than tells that it is too long for a script.
func (f *formatter) read(path string) (name string, text []byte, err error) {
	if path != "-" {
		text, err = load.ReadFile(path)
		return path, text, err
	}
	text, err = stdio.ReadAll(stdio.LimitReader(f.io.in, star.MaxSource+1))
	if len(text) > star.MaxSource {
		err = usageError(fmt.Sprintf("standard input has more than %d bytes", star.MaxSource), "split it: a file can load others")
	}
	return "standard input", text, err
}

// file formats one file. Nothing is written to one that is formatted already.
func (f *formatter) file(path string) error {
	name, text, err := f.read(path)
	if err != nil {
		return err
	}
	formatted, err := format.Format(name, text)
	if err != nil {
		return err
	}
	if err := f.warn(name, text); err != nil {
		return err
	}
	same := bytes.Equal(text, formatted)
	if f.check && !same {
		f.code = max(f.code, exitUnformatted)
	}
	switch {
	case f.diff:
		_, err = f.io.out.Write(diff.Diff(name+" (is)", text, name+" (formatted)", formatted))
	case f.check && !same:
		_, err = fmt.Fprintln(f.io.out, name)
	case f.check:
	case path == "-":
		_, err = f.io.out.Write(formatted)
	case !same:
		if err = replaceFile(path, formatted); err == nil {
			_, err = fmt.Fprintln(f.io.out, name)
		}
	}
	return err
}

func (f *formatter) warn(name string, text []byte) error {
	warnings, err := format.Warnings(name, text)
	for _, w := range warnings {
		fmt.Fprintf(f.io.err, "note: %s: %s\nhint: %s\n", w.Place, w.Text, w.Hint)
	}
	return err
}

// formatError says whose trouble an error is.
func formatError(err error) error {
	var mistake *trouble.Error
	var file *os.PathError
	switch {
	case errors.As(err, &mistake):
		return mistake
	case errors.As(err, &file):
		return &trouble.Error{Class: trouble.Host, Text: err.Error(), Err: err}
	}
	return &trouble.Error{Class: trouble.Script, Text: err.Error(), Err: err}
}
