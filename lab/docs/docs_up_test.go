package docs_test

import (
	"bufio"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// loopback is an address of a node on this machine; every run has others.
var loopback = regexp.MustCompile(`127(\.\d+){3}(:\d+)?`)

// kept is a lab that `lab up` keeps while the rest of a page is read.
type kept struct {
	cmd       *exec.Cmd
	addresses *strings.Replacer // those that the page shows, by what they are today
}

// keepUp starts the lab and returns what it prints until it waits for commands.
func (r *reader) keepUp(t *testing.T, line, shown string) string {
	t.Helper()
	r.down(t)
	cmd := r.command(t.Context(), "exec "+line)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.up = &kept{cmd: cmd}
	text := ""
	for lines := bufio.NewScanner(out); !strings.Contains(text, "Ctrl-C"); {
		if !lines.Scan() {
			t.Fatalf("$ %s\nended before it was up:\n%s", line, text)
		}
		text += lines.Text() + "\n"
	}
	var pairs []string
	today := loopback.FindAllString(text, -1)
	for i, was := range loopback.FindAllString(shown, -1) {
		if i < len(today) {
			pairs = append(pairs, was, today[i])
		}
	}
	r.up.addresses = strings.NewReplacer(pairs...)
	return text
}

// real is a command line of the page with the addresses of today. Without a lab that is up there are none.
func (k *kept) real(line string) string {
	if k == nil {
		return line
	}
	return k.addresses.Replace(line)
}

// down ends the lab that is up, as Ctrl-C does.
func (r *reader) down(t *testing.T) {
	t.Helper()
	if r.up == nil {
		return
	}
	if err := r.up.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
	if err := r.up.cmd.Wait(); r.up.cmd.ProcessState.ExitCode() != 0 {
		t.Errorf("lab up, after Ctrl-C: %v", err)
	}
	r.up = nil
}
