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
	if _, err := ReadPackage(dir); err == nil || !strings.Contains(err.Error(), "endless.go is no regular file") {
		t.Errorf("got %v", err)
	}
}
