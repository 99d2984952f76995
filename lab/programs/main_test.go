// Package programs_test runs programs of stock Go on nodes of both engines, and compares what they see with a native run.
package programs_test

import (
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/netlab-dev/netlab/plugins"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/serve"
)

// TestMain makes the test binary the program that serves the built-in kinds, as the command is.
func TestMain(m *testing.M) {
	if serve.Serving() {
		serve.Main(plugins.Builtin())
	}
	goleak.VerifyTestMain(m)
}

func builtins(t testing.TB) *manifest.Manifest {
	t.Helper()
	m, err := serve.Manifest(plugins.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func scriptFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.star")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}
