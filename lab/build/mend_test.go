package build

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Servers such as caddy use system calls that a program in lab does not have: mmap, terminals.
func TestAProgramThatNeedsAnotherSystemIsToldSo(t *testing.T) {
	for _, test := range []struct{ noun, said, want string }{
		{"program", "y/mmap_unix.go:50:14: undefined: unix.Madvise\n", "GOOS=wasip1"},
		{"program", "package x: build constraints exclude all Go files in /x\n", "GOOS=wasip1"},
		{"program", "main.go:3:1: syntax error\n", ""},
		{"plugin", "main.go:3:1: undefined: unix.Madvise\n", ""},
		{"plugin", "main.go:9:2: undefined: sdk.Main\n", "serve.Main"},
	} {
		if got := (&program{noun: test.noun}).mend([]byte(test.said)); !strings.Contains(got, test.want) || test.want == "" && got != "" {
			t.Errorf("%s: %q: hint %q, want %q", test.noun, test.said, got, test.want)
		}
	}
}

// All files of a program that uses cgo may be left out for a build without: then nothing is there to build.
func TestAProgramWithCgoIsToldSo(t *testing.T) {
	dir := t.TempDir()
	source := "package main\n\nimport \"C\"\n\nfunc main() {}\n"
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := checkMain(dir); err == nil || !strings.Contains(err.Error(), ": main.go: for another system than GOOS=wasip1, or with cgo") {
		t.Errorf("%v, want the file and cgo", err)
	}
}
