package programs_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/sdk/program"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// TestEachGoBuildsPrograms builds the guest with each Go that lab knows, as far as this machine has it: installed, or
// downloaded by the go command before. It downloads none.
func TestEachGoBuildsPrograms(t *testing.T) {
	skipIfShort(t)
	for _, minor := range []string{"go1.24", "go1.25", "go1.26"} {
		t.Run(minor, func(t *testing.T) {
			version := chooseGo(t, minor)
			dir := t.TempDir()
			source, module := filepath.Join(dir, "guest"), filepath.Join(dir, "guest.wasm")
			if err := os.CopyFS(source, os.DirFS("testdata/guest")); err != nil {
				t.Fatal(err)
			}
			if err := lab.BuildProgram(t.Context(), builtins(t), source, module, lab.Options{}); err != nil {
				t.Fatal(err)
			}
			if code, err := os.ReadFile(module); err != nil || !bytes.Contains(code, []byte(version)) {
				t.Errorf("%v; the module was not built with %s", err, version)
			}
			text, err := os.ReadFile(programs)
			if err != nil {
				t.Fatal(err)
			}
			script := scriptFile(t, strings.ReplaceAll(string(text), `"./guest"`, `"`+module+`"`))
			native := nativeGuest(t)
			for _, act := range []string{"client", "connections", "files", "paths"} {
				got := printed(t, lab.Options{Engine: "sim", Twice: true, Targets: []string{script}, Set: []string{"act=" + act}}, "test_seen")
				if diff := cmp.Diff(native(act), got); diff != "" {
					t.Errorf("%s (-this machine +sim):\n%s", act, diff)
				}
			}
		})
	}
}

// chooseGo makes the go command one of a minor version, and returns which.
func chooseGo(t *testing.T, minor string) string {
	t.Helper()
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOTOOLCHAIN", "local")
	out, err := exec.Command("go", "env", "GOVERSION", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	installed, cache, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if strings.HasPrefix(installed, minor+".") {
		return installed
	}
	before, after := filepath.Join(cache, "golang.org", "toolchain@v0.0.1-"), "."+runtime.GOOS+"-"+runtime.GOARCH
	found, err := filepath.Glob(before + minor + ".*" + after)
	if err != nil || len(found) == 0 {
		t.Skipf("this machine has no %s (%v)", minor, err)
	}
	version := strings.TrimSuffix(strings.TrimPrefix(found[0], before), after)
	t.Setenv("GOTOOLCHAIN", version)
	return version
}

// TestARunOfProgramsIsTheSameHoweverItIsCarriedOut compares digests: with several processors, with wazero's interpreter,
// which machines have that it does not compile for, and with checks in each loop.
func TestARunOfProgramsIsTheSameHoweverItIsCarriedOut(t *testing.T) {
	skipIfShort(t)
	digests := map[string]result.Digest{}
	for _, how := range []string{"GOMAXPROCS=1", "GOMAXPROCS=2", "GOMAXPROCS=4", program.InterpreterVariable + "=1", program.ChecksVariable + "=1"} {
		t.Run(how, func(t *testing.T) {
			name, value, _ := strings.Cut(how, "=")
			t.Setenv(name, value)
			for _, experiment := range []string{"test_echo", "test_node", "test_seen"} {
				swept := programRun(t, lab.Options{Engine: "sim", Twice: true}, experiment)
				if want := digests[experiment]; want != 0 && swept.Digest != want || swept.Code != 0 {
					t.Errorf("%s: digest %x, want %x: %s", experiment, swept.Digest, want, failedText(&swept))
				}
				digests[experiment] = swept.Digest
			}
		})
	}
}

// TestAnEndlessLoopIsFound is about a program that can neither be interrupted nor told of until it is run with checks.
func TestAnEndlessLoopIsFound(t *testing.T) {
	skipIfShort(t)
	t.Setenv(wire.SilenceVariable, "2s") // and two thirds of it with checks
	swept := programRun(t, lab.Options{Engine: "sim", Runs: 2, Set: []string{"act=loop"}}, "test_act")
	want := "node guest: its component keeps control without a call of its environment, as a program in an endless loop does; " +
		"in sim one task runs at a time, so nothing else can (LAB_SILENCE=1m allows a long computation)"
	if text := failedText(&swept); !strings.Contains(text, want) || strings.Contains(text, "goroutine") || swept.Runs != 2 {
		t.Errorf("%d runs: %s\nwant 2, no stack of lab, and %s", swept.Runs, text, want)
	}
	if len(swept.Failures) != 1 || swept.Failures[0].Run.Parting != nil {
		t.Errorf("two ends at a limit of the wall clock are told as two runs: %s", failedText(&swept))
	}
}

// TestTheProgramsOfTheDocsRun takes the texts of the page. They need clang with what Debian calls wasi-libc, and rustc with
// libstd-rust-dev-wasm32.
func TestTheProgramsOfTheDocsRun(t *testing.T) {
	if testing.Short() {
		t.Skip("compiles modules")
	}
	for language, test := range map[string]struct {
		least   string
		command []string
	}{
		"c":    {"#include <wasi/api.h>\nint main(void) { return 0; }", []string{"clang", "--target=wasm32-wasi", "-O2", "-Wall", "-Werror", "-x", "c"}},
		"rust": {"fn main() {}", []string{"rustc", "--target=wasm32-wasi", "-O", "-D", "warnings"}},
	} {
		t.Run(language, func(t *testing.T) {
			script := scriptFile(t, `
def test_echo(lab):
    echo, client = lab.add("program", path = "./echo.wasm"), lab.add("client")
    for text in ["one", "two"]:
        conn = client.dial(echo.addr)
        conn.send(text + "\n")
        check(conn.read_line() == text)
        conn.close()
`)
			compile := func(code string) (string, error) {
				args := append(test.command[1:], "-o", filepath.Join(filepath.Dir(script), "echo.wasm"), "-")
				cmd := exec.Command(test.command[0], args...)
				cmd.Stdin = strings.NewReader(code)
				said, err := cmd.CombinedOutput()
				return string(said), err
			}
			if said, err := compile(test.least); err != nil {
				t.Skipf("%q does not compile: %v %s", test.command, err, said)
			}
			page, err := os.ReadFile("../docs/programs.md")
			if err != nil {
				t.Fatal(err)
			}
			_, code, _ := strings.Cut(string(page), "```"+language+"\n")
			code, _, _ = strings.Cut(code, "```")
			if said, err := compile(code); err != nil {
				t.Fatalf("%v: %s", err, said)
			}
			for _, engine := range []string{"sim", "live"} {
				printed(t, lab.Options{Engine: engine, Twice: engine == "sim", Targets: []string{script}}, "test_echo")
			}
		})
	}
}
