package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// telling is where a command says what comes of its runs: the terminal, files, and a workflow of GitHub.
type telling struct {
	*printer
	files *files
	token string // ends the time in which a workflow listens to no command; "" outside of workflows
}

// newTelling opens the files.
func newTelling(io streams, outputs []string) (*telling, error) {
	written, err := openFiles(io.out, outputs)
	if err != nil {
		return nil, err
	}
	if slices.Contains(outputs, "-") {
		io.out = &output{file: os.Stderr, gone: io.out.gone} // the text for people must not stand among the lines
	}
	t := &telling{printer: newPrinter(io), files: written}
	if os.Getenv("GITHUB_ACTIONS") == "true" {
		t.token = rand.Text() // what scripts and plugins print must not pass for commands of the workflow
		fmt.Fprintf(t.out, "::stop-commands::%s\n", t.token)
	}
	return t, nil
}

// listen makes runs say what comes of them.
func (t *telling) listen(o *lab.Options) {
	o.OnFile, o.OnProgress, o.OnNotice, o.OnBuild = t.file, t.progress, t.notice, t.building
	o.OnOutcome = func(s result.Sweep) {
		t.outcome(s)
		t.files.sweep(&s)
	}
}

// none says why nothing was run, unless that is for the user alone: then the files stay as they were.
func (t *telling) none(err error) error {
	var known *trouble.Error
	if !errors.As(err, &known) || known.Class == trouble.Usage || known.Class == trouble.Interrupted {
		return errors.Join(err, t.files.close())
	}
	r := &result.Report{NotLoaded: []*trouble.Error{known}}
	_ = keepRun(r) // what lab report shows next is this one, and not the run before; why it is not kept is no trouble of this one
	t.print(t.report(r))
	return err
}

// all says what came of all runs. The error gives the exit code: that of the runs, and only when it is 0 that of a file
// that cannot be written.
func (t *telling) all(r *result.Report, interrupted error) error {
	code := r.ExitCode()
	if interrupted != nil {
		code = exitInterrupted
	}
	err := t.report(r)
	if code == 0 {
		return err
	}
	t.print(err)
	return errReported{code}
}

// report writes what is for programs, and for a workflow, which listens again.
func (t *telling) report(r *result.Report) error {
	if t.token != "" {
		fmt.Fprintf(t.out, "::%s::\n%s", t.token, result.Annotations(r, inWorkspace))
	}
	return t.files.report(r)
}

// print says that a file cannot be written; err may be nil.
func (t *telling) print(err error) {
	var known *trouble.Error
	if errors.As(err, &known) {
		printError(t.err, known)
	}
}

// inWorkspace is a path as the repository of a workflow has it, which may have been checked out above the working directory.
func inWorkspace(path string) string {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if inside, err := filepath.Rel(os.Getenv("GITHUB_WORKSPACE"), absolute); err == nil && filepath.IsLocal(inside) {
		return filepath.ToSlash(inside)
	}
	return path
}
