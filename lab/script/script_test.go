package script

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
)

// TestScriptsHold runs testdata/hold/*.star: every experiment there asserts its own outcome.
func TestScriptsHold(t *testing.T) {
	files, err := filepath.Glob("testdata/hold/*.star")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d scripts, %v", len(files), err)
	}
	kinds := boxes(t)
	for _, file := range files {
		f, err := load.Load(context.Background(), file, load.Options{Modules: builtinModules()})
		if err != nil {
			t.Errorf("%s: %s", file, err.(*trouble.Error).Whole())
			continue
		}
		all, err := f.Experiments(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			t.Run(e.ID, func(t *testing.T) {
				w := newWorld()
				r := Run(context.Background(), e, w, RunOptions{Engine: "sim", Seed: 1, Kinds: kinds})
				if r.Outcome != result.Passed {
					t.Error(textOf(r))
				}
				if w.closed != 1 {
					t.Errorf("the engine was closed %d times", w.closed)
				}
			})
		}
	}
}

var expectation = regexp.MustCompile(`###(.*)`)
var quotedText = regexp.MustCompile("`([^`]*)`")

// TestBadScriptsSayWhatIsWrong runs testdata/bad/*.star: chunks between lines of ---, each wrong in one place. The line
// that the error must name ends in ### with texts in backquotes; each must be in the error or its hint.
func TestBadScriptsSayWhatIsWrong(t *testing.T) {
	files, err := filepath.Glob("testdata/bad/*.star")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d scripts, %v", len(files), err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		line := 0
		for _, chunk := range strings.Split(string(text), "\n---\n") {
			badChunk(t, file, strings.Repeat("\n", line)+chunk, line+1)
			line += strings.Count(chunk, "\n") + 2
		}
	}
}

func badChunk(t *testing.T, file, chunk string, first int) {
	wantLine, wants := 0, [][]string(nil)
	for i, line := range strings.Split(chunk, "\n") {
		if m := expectation.FindStringSubmatch(line); m != nil {
			wantLine, wants = i+1, quotedText.FindAllStringSubmatch(m[1], -1)
		}
	}
	if len(wants) == 0 {
		t.Errorf("%s:%d: the chunk expects no error", file, first)
		return
	}
	got := errorOf(t, file, chunk)
	if got == nil {
		t.Errorf("%s:%d: no error, want %q", file, wantLine, wants[0][1])
		return
	}
	if got.Pos.Line != wantLine {
		t.Errorf("%s:%d: the error is at line %d: %s", file, wantLine, got.Pos.Line, got.Whole())
	}
	for _, want := range wants {
		if !strings.Contains(got.Whole(), want[1]) {
			t.Errorf("%s:%d: got error\n%s\nwant %q", file, wantLine, got.Whole(), want[1])
		}
	}
}

// errorOf loads a script and runs its experiments, and returns the first error.
func errorOf(t *testing.T, file, text string) *trouble.Error {
	plugin := func(path string) (*manifest.Manifest, error) { return &manifest.Manifest{}, nil }
	read := func(name string) ([]byte, error) {
		if name == file {
			return []byte(text), nil
		}
		return os.ReadFile(name)
	}
	f, err := load.Load(context.Background(), file, load.Options{Read: read, Plugin: plugin, Modules: builtinModules(), Steps: 1_000_000})
	if err != nil {
		return err.(*trouble.Error)
	}
	all, err := f.Experiments(nil)
	if err != nil {
		return err.(*trouble.Error)
	}
	for _, e := range all {
		r := Run(context.Background(), e, newWorld(),
			RunOptions{Engine: "sim", Seed: 1, Kinds: boxes(t), Steps: 1_000_000})
		if r.Outcome != result.Passed {
			if r.Error == nil {
				t.Errorf("%s: an expectation failed instead: %s", file, textOf(r))
			}
			return r.Error
		}
	}
	return nil
}
