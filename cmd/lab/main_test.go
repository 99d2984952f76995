package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/result"
)

var update = flag.Bool("update", false, "rewrite the expected output in testdata; read it before you commit it")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"lab": main, "lab-with-a-bug": buggy, "on-terminal": onTerminal})
}

// thisLab is the path of a program that is the command as it is tested.
func thisLab(t *testing.T) string {
	t.Helper()
	lab, err := exec.LookPath("lab")
	if err != nil {
		t.Fatal(err)
	}
	return lab
}

// buggy is lab with a bug of its own: whatever is told of an experiment panics, "main" on the goroutine of the command,
// else on one beside it. Its arguments are that word and a script.
func buggy() {
	defer bug.Catch()
	builtins, err := builtinManifest()
	if err != nil {
		panic(err)
	}
	self, err := exec.LookPath("lab")
	if err != nil {
		panic(err)
	}
	o := lab.Options{Targets: os.Args[2:], Self: self, Runs: 2, Engine: "live"}
	if os.Args[1] == "main" {
		o.OnOutcome = func(result.Sweep) { panic("an invariant\x1b[2J does not hold") }
	} else {
		o.Log = writer(func() { panic("an invariant does not hold") })
	}
	_, err = lab.Run(context.Background(), builtins, o)
	fmt.Fprintf(os.Stderr, "the command has ended: %v\n", err)
}

// writer does something when it is written to.
type writer func()

func (w writer) Write(text []byte) (int, error) {
	w()
	return len(text), nil
}

// patience is how long anything may take that a test waits for.
const patience = time.Minute

// TestCommand runs the scripts of testdata, each of which protects the rule that its file is named by. Beside what
// testscript offers they have
//
//	code N lab ...     run to the end; the exit code is N
//	begin lab ...      run in the background
//	until REGEXP       wait until what the one in the background has printed matches
//	busy               wait until the one in the background has computed for a while
//	appears FILE       wait until there is such a file
//	signal INT         send it a signal
//	stall D            stop it for so long, as a machine does that has no time for it
//	ended N            wait for its end; the exit code is N
//	occupy PORT        listen on this port of all addresses until the script ends
//
// After each script no process that it has started and no file in its TMPDIR may be left.
func TestCommand(t *testing.T) {
	childrenHeedSignals(t)
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		Setup:               isolate,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"code": code, "begin": begin, "until": until, "busy": busy, "appears": appears, "signal": sendSignal, "stall": stall, "ended": ended, "occupy": occupy,
		},
	})
}

// childrenHeedSignals undoes for the programs that a test starts what its own parent may have set: a shell ignores SIGINT
// for what it puts into the background, and nohup SIGHUP. Children inherit that, but no handler.
func childrenHeedSignals(t *testing.T) {
	handled := make(chan os.Signal, 1)
	signal.Notify(handled, os.Interrupt, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(handled) })
}

// marker is the variable by which the processes of a script are known.
const marker = "LAB_TEST_SCRIPT"

// isolate gives a script a TMPDIR of its own, short enough for sockets, and what the go command needs. The end of the
// script checks what it has left.
func isolate(env *testscript.Env) error {
	tmp, err := os.MkdirTemp("", "lab")
	if err != nil {
		return err
	}
	mark := filepath.Base(tmp)
	env.Vars = append(env.Vars, "TMPDIR="+tmp, marker+"="+mark, "HOME="+env.WorkDir, "XDG_CACHE_HOME=", "XDG_DATA_HOME=")
	settings, err := goSettings()
	if err != nil {
		return err
	}
	env.Vars = append(env.Vars, settings...)
	background := &process{}
	env.Values[processKey{}] = background
	t := env.T().(interface{ Errorf(string, ...any) })
	env.Defer(func() {
		background.kill()
		if !await(func() bool { return len(processes(mark)) == 0 }) {
			t.Errorf("left behind: %s", strings.Join(processes(mark), "; "))
		}
		if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
			t.Errorf("left in TMPDIR: %v %v", left, err)
		}
		if err := os.RemoveAll(tmp); err != nil {
			t.Errorf("%v", err)
		}
	})
	return nil
}

// goSettings are the variables with which the go command works as it does for this test.
var goSettings = sync.OnceValues(func() (settings []string, err error) {
	names := []string{"GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS"}
	out, err := exec.Command("go", append([]string{"env"}, names...)...).Output()
	for i, value := range strings.Split(strings.TrimSuffix(string(out), "\n"), "\n") {
		settings = append(settings, names[i]+"="+value)
	}
	return settings, err
})

// await waits for a condition that nobody announces. It is false when it did not come true.
func await(condition func() bool) bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); !condition(); <-tick.C {
		if time.Since(began) > patience {
			return false
		}
	}
	return true
}

// processes returns the command lines of those with the mark in their environment. It needs /proc.
func processes(mark string) []string {
	var found []string
	paths, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains("\x00"+string(text), "\x00"+marker+"="+mark+"\x00") {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
			found = append(found, path+" "+strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

// code is the command "code N PROGRAM ARGUMENTS...".
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N PROGRAM ARGUMENTS...")
	}
	run := ts.Exec
	if args[0] != "0" {
		run = func(program string, args ...string) error { return failing(ts, program, args) }
	}
	expectCode(ts, args[0], run(args[1], args[2:]...))
}

func expectCode(ts *testscript.TestScript, want string, err error) {
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got, err = exit.ExitCode(), nil
	}
	if err != nil || strconv.Itoa(got) != want {
		ts.Fatalf("exit code %d, want %s (%v)", got, want, err)
	}
}

// process is a command in the background.
type process struct {
	cmd *exec.Cmd

	mu      sync.Mutex
	printed strings.Builder
	changed chan struct{} // closed and replaced when something is printed
}

type processKey struct{}

// Write takes what the process prints.
func (p *process) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.changed)
	p.changed = make(chan struct{})
	return p.printed.Write(text)
}

func (p *process) output() (text string, changed <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.printed.String(), p.changed
}

func (p *process) kill() {
	if p.cmd != nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

func begin(ts *testscript.TestScript, neg bool, args []string) {
	p := ts.Value(processKey{}).(*process)
	if neg || len(args) == 0 || p.cmd != nil {
		ts.Fatalf("usage: begin PROGRAM ARGUMENTS..., one at a time")
	}
	path, err := exec.LookPath(args[0])
	ts.Check(err)
	p.changed = make(chan struct{})
	p.printed.Reset()
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = []string{marker + "=" + ts.Getenv(marker)}
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	cmd.Stdout, cmd.Stderr = p, p
	ts.Check(cmd.Start())
	p.cmd = cmd
}

func until(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: until REGEXP")
	}
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	limit := time.After(patience)
	for {
		text, changed := ts.Value(processKey{}).(*process).output()
		if pattern.MatchString(text) {
			return
		}
		select {
		case <-changed:
		case <-limit:
			ts.Fatalf("waited %v for %q, got:\n%s", patience, args[0], text)
		}
	}
}

// busy needs /proc: only the system knows that a process computes.
func busy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: busy")
	}
	used := func() int { // hundredths of a second
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", ts.Value(processKey{}).(*process).cmd.Process.Pid))
		ts.Check(err)
		_, rest, _ := strings.Cut(string(text), ") ")
		ticks, err := strconv.Atoi(strings.Fields(rest)[11]) // utime, as in proc(5)
		ts.Check(err)
		return ticks
	}
	if start := used(); !await(func() bool { return used() > start+20 }) {
		ts.Fatalf("not busy within %v", patience)
	}
}

func appears(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: appears FILE")
	}
	if path := ts.MkAbs(args[0]); !await(func() bool { _, err := os.Stat(path); return err == nil }) {
		ts.Fatalf("waited %v for %s", patience, path)
	}
}

func sendSignal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}
	if neg || len(args) != 1 || signals[args[0]] == nil {
		ts.Fatalf("usage: signal INT|TERM|HUP")
	}
	ts.Check(ts.Value(processKey{}).(*process).cmd.Process.Signal(signals[args[0]]))
}

func stall(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: stall DURATION")
	}
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	process := ts.Value(processKey{}).(*process).cmd.Process
	ts.Check(process.Signal(syscall.SIGSTOP))
	<-time.After(d)
	ts.Check(process.Signal(syscall.SIGCONT))
}

func ended(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ended N")
	}
	p := ts.Value(processKey{}).(*process)
	limit := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer limit.Stop()
	err := p.cmd.Wait()
	p.cmd = nil
	text, _ := p.output()
	_, werr := io.WriteString(ts.Stdout(), text)
	ts.Check(werr)
	expectCode(ts, args[0], err)
}

func occupy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: occupy PORT")
	}
	listener, err := net.Listen("tcp", fmt.Sprint(":", args[0]))
	ts.Check(err)
	ts.Defer(func() { ts.Check(listener.Close()) })
}
