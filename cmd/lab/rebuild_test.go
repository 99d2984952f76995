package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/netlab-dev/netlab/lab/result"
)

// failing runs a command that is to fail. What lab run prints of failures must be what its lines of JSON alone give.
func failing(ts *testscript.TestScript, program string, args []string) error {
	others := []string{"-o", "-v", "both"} // more is printed, or there is a file already
	more := func(arg string) bool { return slices.Contains(others, arg) || strings.HasPrefix(arg, "--trace") }
	if program != "lab" || args[0] != "run" || ts.Getenv("GITHUB_ACTIONS") == "true" || slices.ContainsFunc(args, more) {
		return ts.Exec(program, args...)
	}
	dir, err := os.MkdirTemp("", "rebuild")
	ts.Check(err)
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "run.jsonl")
	err = ts.Exec(program, append([]string{"run", "-o", path}, args[1:]...)...)
	lines, openErr := os.Open(path)
	if openErr != nil {
		return err // it has failed before it opened the file
	}
	defer lines.Close()
	report, readErr := result.Read(lines)
	ts.Check(readErr)
	if len(report.Sweeps) > 0 {
		if diff := cmp.Diff(ts.ReadFile("stdout"), rebuilt(report)); diff != "" {
			ts.Fatalf("(-printed +rebuilt from JSON):\n%s", diff)
		}
	}
	return err
}

// rebuilt is what lab run prints of a report where no terminal watches.
func rebuilt(r *result.Report) string {
	var b strings.Builder
	var text result.Text
	for i := range r.Sweeps {
		s := &r.Sweeps[i]
		if i == 0 || s.File != r.Sweeps[i-1].File {
			b.WriteString(result.Visible(s.File) + "\n")
			text.Names = 0
			for _, other := range r.Sweeps {
				if other.File == s.File {
					text.Names = max(text.Names, result.Columns(result.Visible(other.ID)))
				}
			}
		}
		b.WriteString(text.Sweep(s))
	}
	return b.String() + text.Summary(r)
}
