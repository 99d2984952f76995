package lab_test

import (
	"bufio"
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/result"
)

const programs = "testdata/programs/programs.star"

// programRun runs an experiment with programs and returns what came of it.
func programRun(t *testing.T, o lab.Options, experiment string) result.Sweep {
	t.Helper()
	o.Targets = []string{programs + "::" + experiment}
	report, err := lab.Run(t.Context(), builtins(t), o)
	if err != nil {
		t.Fatal(err)
	}
	return report.Sweeps[0]
}

// printed are the lines that an experiment has printed, which must pass.
func printed(t *testing.T, o lab.Options, experiment string) []string {
	t.Helper()
	swept := programRun(t, o, experiment)
	if swept.Code != 0 {
		t.Fatalf("%s on %s: %s", experiment, o.Engine, failedText(&swept))
	}
	return swept.Prints
}

// failedText is a failure as the command shows it.
func failedText(s *result.Sweep) string {
	if len(s.Failures) == 0 {
		return ""
	}
	return result.Text{}.Run(&s.Failures[0].Run)
}

// TestAProgramWorksInBothEngines is the thinnest slice: a stock net.Listen, found by path and built, answers a client.
func TestAProgramWorksInBothEngines(t *testing.T) {
	for _, engine := range []string{"sim", "live"} {
		if got := printed(t, lab.Options{Engine: engine, Twice: engine == "sim"}, "test_echo"); cmp.Diff([]string{"1"}, got) != "" {
			t.Errorf("%s: %q, want one event ready", engine, got)
		}
	}
}

// TestAProgramSeesWhatAKernelShows compares, line by line, what package net and package os tell a program on a node of
// either engine with what they tell it on this machine.
func TestAProgramSeesWhatAKernelShows(t *testing.T) {
	native := nativeGuest(t)
	for _, experiment := range []string{"test_sockets", "test_files"} {
		want := native(experiment)
		for _, engine := range []string{"sim", "live"} {
			got := printed(t, lab.Options{Engine: engine, Twice: engine == "sim"}, experiment)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-this machine +%s):\n%s", experiment, engine, diff)
			}
		}
	}
}

// TestAProgramKnowsTheNodesByName is about what only nodes have.
func TestAProgramKnowsTheNodesByName(t *testing.T) {
	want := []string{
		"host client <nil>", "name of an address [server] <nil>", "interfaces 1 <nil>", "dial into a cut link true 300ms", "cancelled true 200ms",
	}
	for _, engine := range []string{"sim", "live"} {
		if diff := cmp.Diff(want, printed(t, lab.Options{Engine: engine, Twice: engine == "sim"}, "test_node")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", engine, diff)
		}
	}
}

// nativeGuest builds the guest for this machine, and returns what runs an act of it as it is.
func nativeGuest(t *testing.T) func(experiment string) []string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "guest")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir = "testdata/programs/guest"
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return func(experiment string) []string {
		port := freePort(t)
		act := func(name string) *exec.Cmd {
			cmd := exec.Command(binary, name)
			cmd.Dir = t.TempDir()
			cmd.Env = append(os.Environ(), "PORT="+port, "SERVER=127.0.0.1")
			return cmd
		}
		if experiment == "test_files" {
			return conformance(t, act("files"))
		}
		server := act("server")
		out, err := server.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := server.Start(); err != nil {
			t.Fatal(err)
		}
		defer func() {
			_ = server.Process.Kill()
			_ = server.Wait()
		}()
		if !bufio.NewScanner(out).Scan() { // it says when it serves
			t.Fatal("the server does not begin")
		}
		return conformance(t, act("client"))
	}
}

// conformance are the lines of a native run that a node's program tells as events.
func conformance(t *testing.T, cmd *exec.Cmd) (lines []string) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for line := range bytes.Lines(out) {
		if told, ok := strings.CutPrefix(strings.TrimRight(string(line), "\n"), "@lab conf "); ok {
			lines = append(lines, told)
		}
	}
	return lines
}

// freePort is a port of the loopback interface that nobody uses, for TCP and most likely for UDP.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
