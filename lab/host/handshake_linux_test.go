package host_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/trouble"
)

func TestAFailedHandshakeSaysWhatToDo(t *testing.T) {
	t.Parallel() // it waits for a second
	notExecutable := filepath.Join(t.TempDir(), "lab-plugin-data")
	noProgram := filepath.Join(t.TempDir(), "lab-plugin-text")
	for path, mode := range map[string]os.FileMode{notExecutable: 0o644, noProgram: 0o755} {
		if err := os.WriteFile(path, []byte("just text\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name, path string
		text       []string // parts of the error
		hint       string
	}{
		{name: "prints", text: []string{`printed "hello from main" to standard output before the handshake`},
			hint: "print to standard error instead"},
		{name: "chatty", text: []string{"to standard output before the handshake"}, hint: "print to standard error"},
		{name: "exits", text: []string{"exit status 3", "no licence found"}, hint: "run it by hand"},
		{name: "panics", text: []string{"exit status 2", "panic: no configuration"}, hint: "run it by hand"},
		{name: "hangs", text: []string{"did not answer within", "waiting for the moon"}, hint: "serve.Main"},
		{name: "closes", text: []string{"closed its standard output without a handshake"}, hint: "serve.Main"},
		{name: "killed", text: []string{"ended in the handshake: signal: killed"}, hint: "memory is short"},
		{name: "aborts", text: []string{"ended in the handshake: signal: terminated"}, hint: "run it by hand"},
		{name: "midline", text: []string{"ended in the handshake: signal: killed"}, hint: "memory is short"},
		{name: "beyond", text: []string{"ended in the handshake: signal: killed"}, hint: "memory is short"},
		{name: "prints and dies", text: []string{`printed "hello" to standard output before the handshake`}},
		{name: "shell", text: []string{"ended in the handshake: exit status 137 (128+9, signal: killed)"}, hint: "memory"},
		{name: "newer", text: []string{"plugin newer speaks labplugin 2, this lab speaks labplugin 1"}, hint: "newer lab"},
		{name: "older", text: []string{"plugin older speaks labplugin 0, this lab speaks labplugin 1"}, hint: "older lab"},
		{name: "deaf", text: []string{"cannot connect", "deaf: dial unix /nonexistent/socket: connect: no such file or directory; no other output"},
			hint: "serve.Main"},
		{name: "floods", text: []string{`printed "first" to standard output before the handshake; other output:` + "\n971\n972\n", "\n1000"}},
		{name: "netrpc", text: []string{"does not speak gRPC"}, hint: "serve.Main"},
		{name: "missing", path: "/nonexistent/lab-plugin-missing", text: []string{"no such file"}, hint: "path"},
		{name: "data", path: notExecutable, text: []string{"permission denied"}, hint: "chmod +x"},
		{name: "text", path: noProgram, text: []string{"exec format error"}, hint: "not a program for this system"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			timeout := 10 * time.Second
			if test.name == "hangs" {
				timeout = time.Second
			}
			h := newHost(t, host.Options{StartTimeout: timeout})
			path := test.path
			if path == "" {
				path = program(t, test.name)
			}
			_, err := h.Start(&host.Plugin{Name: test.name, Path: path}, host.StartOptions{Name: "n1"})
			var e *trouble.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %v, want *Error", err)
			}
			for _, want := range test.text {
				if !strings.Contains(e.Text, want) {
					t.Errorf("got %q\nwant %q in it", e.Text, want)
				}
			}
			if !strings.Contains(e.Hint, test.hint) {
				t.Errorf("hint %q, want %q in it", e.Hint, test.hint)
			}
			left, err := filepath.Glob(filepath.Join(h.Dir(), "*"))
			if err != nil || len(left) > 0 {
				t.Errorf("left in the run directory: %v, %v", left, err)
			}
		})
	}
}
