package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/netlab-dev/netlab/lab/pcap"
	"github.com/netlab-dev/netlab/lab/report"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// renderer writes all results at once.
type renderer func(to io.Writer, r *result.Report) error

// renderers are those of files, by the ending of the name.
var renderers = map[string]renderer{
	".xml": result.JUnit, ".pcapng": pcap.Write, ".html": renderPage, ".svg": windowed(report.Window{}),
}

// files are what -o names: the results for programs. Lines of JSON are written as they come, everything else at the end
// and as a whole, so that a full disk keeps what was there.
type files struct {
	lines   []io.Writer // of .jsonl
	reports []rendered
	open    []*overwritten
	story   bool // one of them shows the course of runs
	first   error
}

// rendered is a file that is written at the end.
type rendered struct {
	to     *overwritten
	render renderer
}

// openFiles opens the files, so that one that cannot be written costs no run. What is in them stays until there are results.
func openFiles(out io.Writer, paths []string) (*files, error) {
	f := &files{}
	for i, path := range paths {
		kind := filepath.Ext(path)
		render := renderers[kind]
		switch {
		case slices.Contains(paths[:i], path):
			return nil, errors.Join(usageError(fmt.Sprintf("-o %s is given twice", path), ""), f.close())
		case path == "-":
			f.lines = append(f.lines, out)
			continue
		case kind != ".jsonl" && render == nil:
			return nil, errors.Join(usageError(fmt.Sprintf("-o %s: want a name that ends in .html, .svg, .jsonl, .xml or .pcapng", path),
				"or - for lines of JSON on standard output"), f.close())
		}
		_, missing := os.Stat(path)
		// A pipe that nobody reads is an error, and not waited for: no signal ends that.
		file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|syscall.O_NONBLOCK, 0o644)
		if err != nil {
			return nil, errors.Join(fileTrouble(err), f.close())
		}
		to := &overwritten{file: file, made: errors.Is(missing, os.ErrNotExist)}
		if other := f.same(file); other != "" {
			return nil, errors.Join(usageError(fmt.Sprintf("-o %s and -o %s are the same file", other, path), ""), file.Close(), f.close())
		}
		f.open = append(f.open, to)
		f.story = f.story || slices.Contains([]string{".pcapng", ".html", ".svg"}, kind)
		if render != nil {
			f.reports = append(f.reports, rendered{to, render})
		} else {
			f.lines = append(f.lines, to)
		}
	}
	return f, nil
}

// same is the name of an open file that is this one under another name, a link for instance; "" when there is none.
func (f *files) same(file *os.File) string {
	info, err := file.Stat()
	for _, o := range f.open {
		if other, otherErr := o.file.Stat(); err == nil && otherErr == nil && info.Mode().IsRegular() && os.SameFile(info, other) {
			return o.file.Name()
		}
	}
	return ""
}

func fileTrouble(err error) error {
	return &trouble.Error{Class: trouble.Host, Text: "writing the results: " + err.Error(), Err: err}
}

// overwritten is a file that loses what was in it when it is first written to, or replaced.
type overwritten struct {
	file *os.File
	made bool // it was not there before
	once bool // it was written to
}

func (o *overwritten) Write(text []byte) (int, error) {
	if info, err := o.file.Stat(); !o.once && err == nil && info.Mode().IsRegular() {
		if err := o.file.Truncate(0); err != nil {
			return 0, err
		}
	}
	o.once = true
	return o.file.Write(text)
}

// replace gives the file another text as a whole. A pipe gets it by the end that is open already.
func (o *overwritten) replace(render renderer, r *result.Report) error {
	var text bytes.Buffer
	err := render(&text, r)
	if info, statErr := o.file.Stat(); err == nil && statErr == nil && info.Mode().IsRegular() {
		err = replaceFile(o.file.Name(), text.Bytes())
		o.once = err == nil
	} else if err == nil {
		_, err = o.Write(text.Bytes())
	}
	return err
}

// removeTarget removes a file; of a link that leads to it, only the file.
func removeTarget(path string) error {
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return err
	}
	return os.Remove(path)
}

// sweep writes what came of an experiment.
func (f *files) sweep(s *result.Sweep) {
	for _, to := range f.lines {
		f.keep(result.JSON{To: to}.Sweep(s))
	}
}

// unrecorded says that a picture or a capture is empty, since no run has a story; "" when one has.
func unrecorded(path string, r *result.Report) string {
	if kind := filepath.Ext(path); kind != ".svg" && kind != ".pcapng" {
		return ""
	}
	if len(r.Sweeps) == 0 && len(r.NotLoaded) > 0 {
		return path + ": nothing to show: no run began, since " + r.NotLoaded[0].Error()
	}
	for i := range r.Sweeps {
		for run := range r.Sweeps[i].Told() {
			if run.Story != nil {
				return ""
			}
		}
	}
	return path + ": nothing to show: no run was recorded; of runs that pass only a single one is, with -o " + filepath.Base(path)
}

// report writes what came of all, and closes the files. The error is the first of all.
func (f *files) report(r *result.Report) error {
	for _, to := range f.lines {
		f.keep(result.JSON{To: to}.Report(r))
	}
	for _, file := range f.reports {
		f.keep(file.to.replace(file.render, r))
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
	for _, o := range f.open {
		err = errors.Join(err, o.file.Close())
		if o.made && !o.once {
			err = errors.Join(err, removeTarget(o.file.Name()))
		}
	}
	f.open = nil
	return err
}
