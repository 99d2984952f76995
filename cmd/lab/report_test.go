package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/netlab-dev/netlab/lab/trouble"
)

func TestAnInterruptionEndsTheWaitForResults(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	defer out.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := results(ctx, streams{in: in}, []string{"-"}); !trouble.Is(err, trouble.Interrupted) {
		t.Errorf("got %v, want an interruption", err)
	}
}

func TestAFileWithoutResultsIsNotLeftBehind(t *testing.T) {
	fresh, old := filepath.Join(t.TempDir(), "fresh.html"), filepath.Join(t.TempDir(), "old.html")
	if err := os.WriteFile(old, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := openFiles(nil, []string{fresh, old})
	if err != nil {
		t.Fatal(err)
	}
	if err := f.close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(fresh); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is there: %v", fresh, err)
	}
	if text, err := os.ReadFile(old); string(text) != "old" {
		t.Errorf("what was there has become %q: %v", text, err)
	}
}
