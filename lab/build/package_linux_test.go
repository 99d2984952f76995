package build

import (
	"errors"
	"io/fs"
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

// /proc takes no files, and says that it is not there.
func TestACacheWhereNoFolderCanBeMadeIsAnError(t *testing.T) {
	if _, err := lockEntry(t.Context(), "/proc/cache/0123456789abcdef"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want that there is no such folder", err)
	}
}
