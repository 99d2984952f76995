package build

import (
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
