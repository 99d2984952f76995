package build

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestAPipeAmongTheSourcesIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "endless.go"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &program{builder: &Builder{}, packages: []*Package{{Dir: dir}}}
	if err := p.make(t.Context()); err == nil || !strings.Contains(err.Error(), "endless.go is not a regular file") {
		t.Errorf("got %v", err)
	}
}
