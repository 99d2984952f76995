package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// files are what -o names: the results for programs. Lines of JSON are written as they come, JUnit at the end.
type files struct {
	lines   []io.Writer // of .jsonl
	open    []*os.File
	reports []string // paths of .xml
	first   error
}

// openFiles begins the files, so that one that cannot be written costs no run.
func openFiles(out io.Writer, paths []string) (*files, error) {
	f := &files{}
	for _, path := range paths {
		switch {
		case path == "-":
			f.lines = append(f.lines, out)
		case filepath.Ext(path) == ".jsonl":
			file, err := os.Create(path)
			if err != nil {
				return nil, errors.Join(fileTrouble(err), f.close())
			}
			f.open = append(f.open, file)
			f.lines = append(f.lines, file)
		case filepath.Ext(path) == ".xml":
			if err := os.WriteFile(path, nil, 0o644); err != nil {
				return nil, errors.Join(fileTrouble(err), f.close())
			}
			f.reports = append(f.reports, path)
		default:
			return nil, errors.Join(usageError(fmt.Sprintf("-o %s: want a name that ends in .jsonl or .xml", path),
				"or - for lines of JSON on standard output"), f.close())
		}
	}
	return f, nil
}

func fileTrouble(err error) error {
	return &trouble.Error{Class: trouble.Host, Text: "writing the results: " + err.Error(), Err: err}
}

// sweep writes what came of an experiment.
func (f *files) sweep(s *result.Sweep) {
	for _, to := range f.lines {
		f.keep(result.JSON{To: to}.Sweep(s))
	}
}

// report writes what came of all, and closes the files. The error is the first of all.
func (f *files) report(r *result.Report) error {
	for _, to := range f.lines {
		f.keep(result.JSON{To: to}.Report(r))
	}
	for _, path := range f.reports {
		var text bytes.Buffer
		f.keep(result.JUnit(&text, r))
		f.keep(os.WriteFile(path, text.Bytes(), 0o644))
	}
	f.keep(f.close())
	if f.first != nil {
		return fileTrouble(f.first)
	}
	return nil
}

func (f *files) keep(err error) {
	if f.first == nil {
		f.first = err
	}
}

func (f *files) close() (err error) {
	for _, file := range f.open {
		err = errors.Join(err, file.Close())
	}
	f.open = nil
	return err
}
