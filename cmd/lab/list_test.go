package main

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/manifest"
)

// TestShippedScriptsTakeWhatTheListOffers lets a shell read what `lab list` prints of each shipped experiment, and gives
// it back by --set.
func TestShippedScriptsTakeWhatTheListOffers(t *testing.T) {
	files, err := filepath.Glob("../../scripts/*.star")
	if err != nil || len(files) == 0 {
		t.Fatalf("found %d scripts, %v", len(files), err)
	}
	builtins, err := builtinManifest()
	if err != nil {
		t.Fatal(err)
	}
	offered := 0
	for _, file := range files {
		none := func(string) (*manifest.Manifest, error) { return &manifest.Manifest{}, nil }
		f, err := load.Load(t.Context(), file, load.Options{Plugin: none, Modules: builtins.Modules})
		if err != nil {
			t.Fatal(err)
		}
		all, err := f.Experiments(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range all {
			words := shellWords(t, identity(e.ID)+strings.NewReplacer("(", " ", ")", " ").Replace(parameters(e)))
			set := map[string]string{}
			for _, word := range words[1:] {
				if name, value, ok := strings.Cut(word, "="); ok {
					set[name] = value
					offered++
				}
			}
			if _, err := f.Experiments(set); err != nil || words[0] != e.ID {
				t.Errorf("%s: %q: %v", e.ID, words, err)
			}
		}
	}
	if offered == 0 {
		t.Error("no parameter was offered")
	}
}

// shellWords is a line as a shell splits it.
func shellWords(t *testing.T, line string) []string {
	t.Helper()
	out, err := exec.Command("bash", "-c", `printf '%s\n' `+line).Output()
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
}
