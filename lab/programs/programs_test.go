package programs_test

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

const programs = "testdata/programs.star"

// programRun runs an experiment with programs and returns what came of it.
func programRun(t *testing.T, o lab.Options, experiment string) result.Sweep {
	t.Helper()
	if o.Targets == nil {
		o.Targets = []string{programs}
	}
	o.Targets[0] += "::" + experiment
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
	if testing.Short() {
		t.Skip("compiles modules")
	}
	for _, engine := range []string{"sim", "live"} {
		if got := printed(t, lab.Options{Engine: engine, Twice: engine == "sim"}, "test_echo"); cmp.Diff([]string{"1"}, got) != "" {
			t.Errorf("%s: %q, want one event ready", engine, got)
		}
	}
}

// TestAProgramSeesWhatAKernelShows compares, line by line, what package net and package os tell a program on a node of
// either engine with what they tell it on this machine.
func TestAProgramSeesWhatAKernelShows(t *testing.T) {
	skipIfShort(t)
	native := nativeGuest(t)
	for _, act := range []string{"client", "connections", "files", "paths", "language", "web"} {
		want := native(act)
		for _, engine := range []string{"sim", "live"} {
			got := printed(t, lab.Options{Engine: engine, Twice: engine == "sim", Set: []string{"act=" + act}}, "test_seen")
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s (-this machine +%s):\n%s", act, engine, diff)
			}
		}
	}
}

// TestAProgramKnowsTheNodesByName is about what only nodes have.
func TestAProgramKnowsTheNodesByName(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles modules")
	}
	want := []string{
		"host client <nil>", "name of an address [server] <nil>", "text of a name true", "interfaces 1 <nil>", "dial into a cut link true 300ms", "cancelled true 200ms",
	}
	for _, engine := range []string{"sim", "live"} {
		if diff := cmp.Diff(want, printed(t, lab.Options{Engine: engine, Twice: engine == "sim"}, "test_node")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", engine, diff)
		}
	}
}

// nativeGuest builds the guest and its library for this machine, and returns what runs an act of them as it is.
func nativeGuest(t *testing.T) func(name string) []string {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", dir, "./...")
	build.Dir = "testdata/guest"
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	return func(name string) []string {
		port := freePort(t)
		act := func(name string) *exec.Cmd {
			program := "guest"
			if name == "language" || name == "web" {
				program = "library"
			}
			cmd := exec.Command(filepath.Join(dir, program), name)
			cmd.Dir = t.TempDir()
			cmd.Env = append(os.Environ(), "PORT="+port, "SERVER=127.0.0.1")
			return cmd
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
		return conformance(t, act(name))
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

// TestWhatAProgramDoesWrongIsToldWithItsNode is about programs that end badly, and those that mean harm.
func TestWhatAProgramDoesWrongIsToldWithItsNode(t *testing.T) {
	skipIfShort(t)
	for _, test := range []struct{ act, want string }{
		{"panic", "node guest failed: exit code 2: panic: assignment to entry in nil map\n\n  goroutine 1 [running]:\n"},
		{"deadlock", "node guest failed: exit code 2: fatal error: all goroutines are asleep - deadlock!"},
		{"garbage", `node guest failed: descriptor 4: got "\x1b[2J{not json", want an answer: {"id": 1, "result": ...}`},
		{"partial", "node guest failed: exit code 1: no end of the line"},
		{"no such act", "node guest failed: exit code 2: no act no such act"},
		{"memory", "node guest failed: exit code 2: fatal error: out of memory"},
		{"fill", "node guest failed: exit code 1: write /large: No space left on device"},
	} {
		swept := programRun(t, lab.Options{Engine: "sim", Set: []string{"act=" + test.act, "disk=20MiB"}}, "test_act")
		if text := failedText(&swept); !strings.Contains(text, test.want) {
			t.Errorf("%s: %s\nwant %s", test.act, text, test.want)
		}
	}
	for act, want := range map[string]string{
		"exit": "[] 1", "signal": `["waits"] 0`, "flood": `[""] 0`, "sockets": `["true true"] 0`, "many": `["1025 true <nil>"] 0`,
	} {
		if got := printed(t, lab.Options{Engine: "sim", Set: []string{"act=" + act, "disk=1MiB"}}, "test_act"); got[0] != want {
			t.Errorf("%s: %q, want %s", act, got, want)
		}
	}
}

// TestAModuleThatCannotRunIsAnErrorOfTheScript is about files that are no programs for a node.
func TestAModuleThatCannotRunIsAnErrorOfTheScript(t *testing.T) {
	skipIfShort(t)
	const start = "\x00asm\x01\x00\x00\x00" + "\x01\x04\x01\x60\x00\x00" // a type: no parameters, no results
	for name, test := range map[string]struct{ module, want string }{
		"no module":      {"#!/bin/sh\n", "is no WebAssembly module"},
		"a damaged one":  {start + "\x03\x02\x01", "does not compile"},
		"a library":      {start, "has no function _start"},
		"too many pages": {start + "\x05\x05\x01\x00\x80\x80\x04", "does not compile"},
		"other imports":  {start + "\x02\x0b\x01\x03env\x03foo\x00\x00" + "\x07\x0a\x01\x06_start\x00\x00", "imports env.foo, want functions of"},
		"a misspelt one": {start + "\x02\x0e\x01\x03lab\x06lisden\x00\x00" + "\x07\x0a\x01\x06_start\x00\x00", `did you mean "listen"?`},
		"no such place":  {"", "there is no"},
	} {
		path := scriptFile(t, `
def test_it(lab):
    lab.add("program", path = "./module.wasm")
`)
		if test.module != "" {
			if err := os.WriteFile(filepath.Join(filepath.Dir(path), "module.wasm"), []byte(test.module), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		report, err := lab.Run(t.Context(), builtins(t), lab.Options{Targets: []string{path}, Engine: "sim"})
		if err != nil {
			t.Fatal(err)
		}
		text := failedText(&report.Sweeps[0])
		if !strings.Contains(text, test.want) || !strings.Contains(text, `test.star:3:12: lab.add("program"): path: `) {
			t.Errorf("%s: %s\nwant %s", name, text, test.want)
		}
	}
}

// TestAProgramsClocksAndDiskAreTheNodes is about clocks, both sorts of crash, blocking sockets, and questions over descriptor 4.
func TestAProgramsClocksAndDiskAreTheNodes(t *testing.T) {
	skipIfShort(t)
	sim, live := lab.Options{Engine: "sim", Twice: true}, lab.Options{Engine: "live"}
	kept := lab.Options{Engine: "sim", Set: []string{"power=False"}}
	for _, test := range []struct {
		name string
		o    lab.Options
		want []string
	}{
		{"test_clock", sim, []string{"10ms", "20ms", "1h0m0s"}},
		{"test_disk", sim, []string{"||a file", "kept||a file"}},
		{"test_disk", live, []string{"||a file", "kept||a file"}},
		{"test_disk", kept, []string{"||a file", "kept|lost|a file"}},
		{"test_names", sim, []string{"[/]", "[/ /d /d/a=a /d/b=b]"}},
		{"test_names", live, []string{"[/]", "[/ /d /d/a=a /d/b=b]"}},
		{"test_names", kept, []string{"[/]", "[/ /e /e/c=c /e/new=a]"}},
		{"test_names", lab.Options{Engine: "live", Set: kept.Set}, []string{"[/]", "[/ /e /e/c=c /e/new=a]"}},
		{"test_blocking", sim, []string{"0 <nil>", "0 <nil>"}},
		{"test_blocking", live, []string{"0 <nil>", "0 <nil>"}},
		{"test_control", sim, control},
		{"test_control", live, control},
	} {
		if diff := cmp.Diff(test.want, printed(t, test.o, test.name)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", test.name, test.o.Engine, diff)
		}
	}
}

var control = []string{
	`struct(a = 1, b = [True, "x", 1.5])`, "it is refused", "False False True", "struct(again = None)",
}

// skipIfShort leaves out what takes a quarter of a minute with the race detector; one test of programs stays.
func skipIfShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("compiles programs for many seconds; the full test does it")
	}
}
