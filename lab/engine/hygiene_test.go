package engine_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/value"
)

// children are the processes of this test program that are alive, by id.
func children(t *testing.T) []string {
	t.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*/children")
	if err != nil || len(tasks) == 0 {
		t.Fatalf("no list of children: %v", err)
	}
	var all []string
	for _, task := range tasks {
		list, err := os.ReadFile(task)
		if err == nil && len(list) > 0 {
			all = append(all, string(list))
		}
	}
	return all
}

func TestCloseLeavesNothingBehind(t *testing.T) {
	h := newHost(t)
	before := openFiles(t)
	s := newStage(t, h, true)
	s.add("probe", args{"ticking", time.Millisecond}.fields(), "n1", "n2", "n3", "n4", "n5")
	s.connect("n1", "n2", 8000)
	s.want("", "n3", "bind", "port", 9000)
	s.want("", "n1", "put", "file", "f", "data", "d")
	s.begin("n4", "sleep", args{"d", time.Hour})
	s.do(engine.Crash{Node: "n4"}, engine.Pause{Node: "n5"})
	s.pass(10 * time.Millisecond)
	if _, err := os.Stat(filepath.Join(h.Dir(), "run-1", "nodes", "n1")); err != nil {
		t.Errorf("the node has no directory: %v", err)
	}
	s.close()
	s.close() // once more does nothing

	if left := children(t); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
	if _, err := os.Stat(filepath.Join(h.Dir(), "run-1")); !os.IsNotExist(err) {
		t.Errorf("the run's directory is left: %v", err)
	}
	if after := openFiles(t); after > before {
		t.Errorf("%d files were open before the run, %d after it", before, after)
	}
	if _, err := s.Run(time.Hour, engine.Wake{}); err == nil {
		t.Error("a closed run runs")
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, e := range entries {
		what, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err == nil && !strings.HasPrefix(what, "/proc/") { // the host looks there for orphans at any time
			count++
		}
	}
	return count
}

// killOnly kills the process of the run's only node from outside.
func killOnly(t *testing.T, s *stage) {
	t.Helper()
	pid := field[int64](s, s.call("n1", "whoami"), "pid")
	if err := syscall.Kill(int(pid), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

func TestANodeKilledFromOutsideIsAFailureAndItsCallUnknown(t *testing.T) {
	s := newStage(t, newHost(t), true)
	s.add("probe", nil, "n1")
	sleeping := s.begin("n1", "sleep", args{"d", time.Hour})
	killOnly(t, s)
	s.wantReply(s.end(sleeping), engine.Unknown, "n1 stopped")
	s.eventually("a failure", func() bool { return len(s.failures) > 0 })
	if f := s.failures[0]; f.Node != "n1" || f.Error != "the process was ended by a signal: killed" {
		t.Errorf("failure %+v, want the signal that ended n1", f)
	}
	s.wantReply(s.end(s.begin("n1", "refuse", nil)), engine.Failed, "n1 is crashed")
	s.do(s.restart("n1"))
	s.wantReply(s.end(s.begin("n1", "refuse", nil)), engine.Failed, "no, thank you")
}

func TestAnExitThatNobodyAskedForIsAFailureWithItsCode(t *testing.T) {
	s := newStage(t, newHost(t), true)
	s.add("probe", nil, "n1")
	if r := s.end(s.begin("n1", "exit", nil)); r.Status != engine.Unknown {
		t.Errorf("the call that ended the process: %+v", r)
	}
	s.eventually("a failure", func() bool { return len(s.failures) > 0 })
	if f := s.failures[0]; f.Error != "the process exited with code 7" {
		t.Errorf("failure %+v, want the exit code 7", f)
	}
}

func TestAFailureJustBeforeTheEndIsToldByClose(t *testing.T) {
	h := newHost(t)
	for range 20 { // whoever hears of it first: the answer to the caller, or the end of the process
		e, err := open(h, true, engine.Options{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		s := stageOf(t, e, true)
		s.add("probe", nil, "n1")
		s.end(s.begin("n1", "exit", nil))
		summary, err := s.Close()
		if all := append(s.failures, summary.Failures...); err != nil || len(all) != 1 || all[0].Error != "the process exited with code 7" {
			t.Fatalf("close: %v, failures %+v, want that n1 has failed", err, all)
		}
	}
}

// A failure is told even if what it has caused was seen first, and has ended the run. One that the end causes is none.
func TestAFailureBeforeTheEndIsToldThoughItComesLater(t *testing.T) {
	h := newHost(t)
	for after, want := range map[time.Duration]int{-time.Microsecond: 1, 0: 0} {
		e, err := open(h, true, engine.Options{Seed: seed})
		if err != nil {
			t.Fatal(err)
		}
		s := stageOf(t, e, true)
		s.add("probe", nil, "n1")
		s.pass(time.Millisecond)
		engine.FailAtTheEnd(e, "n1", after)
		if got := s.close().Failures; len(got) != want || want > 0 && got[0].Error != "panic: late" {
			t.Errorf("%v after the end: failures %+v, want %d", after, got, want)
		}
	}
}

func TestTheEndOfTheSharedProcessEndsTheRunWithAReport(t *testing.T) {
	h := newHost(t)
	s := newStage(t, h, false)
	s.add("probe", nil, "n1")
	s.call("n1", "token")
	s.begin("n1", "exit", nil)
	_, err := s.Run(time.Hour, engine.Wake{})
	var exit *host.Exit
	if !errors.As(err, &exit) || exit.Code != 7 {
		t.Fatalf("run after the process has exited: %v, want its exit code 7", err)
	}
	if _, again := s.Run(time.Hour, engine.Wake{}); !errors.Is(again, err) {
		t.Errorf("the next run: %v, want %v again", again, err)
	}
	other := newStage(t, h, false) // the process is started anew for others
	other.add("probe", nil, "n1")
	other.call("n1", "token")
}

func TestInterruptEndsARunInProgressAndEveryLaterOne(t *testing.T) {
	h := newHost(t)
	for _, live := range []bool{false, true} {
		t.Run(engineName(live), func(t *testing.T) {
			stop := errors.New("enough")
			s := newStage(t, h, live)
			s.add("probe", args{"ticking", time.Millisecond}.fields(), "n1")
			s.pass(10 * time.Millisecond)
			go s.Interrupt(stop)
			if _, err := s.Run(s.Now()+time.Minute, engine.Wake{}); !live && err == nil {
				_, err = s.Run(s.Now(), engine.Wake{}) // virtual time may be quicker than a goroutine
			} else if err != stop {
				t.Errorf("run: %v, want %v", err, stop)
			}
			if _, err := s.Run(s.Now(), engine.Wake{}); err != stop {
				t.Errorf("a later run: %v, want %v", err, stop)
			}
		})
	}
}

func TestANodeThatDoesNotGetReadyEndsTheRunWithWhatItPrinted(t *testing.T) {
	s := newStage(t, newHost(t), true)
	engine.LimitStart(s.Engine, time.Second)
	s.add("hang", nil, "n1", "n2")
	_, err := s.Run(time.Second, engine.Wake{})
	const want = "node n1 is not ready within 1s; it printed:\nhanging"
	if err == nil || err.Error() != want {
		t.Errorf("run: %v, want %q", err, want)
	}
	wantPluginError(t, err)
}

func TestAComponentThatFailsAtOnceIsAFailureNotAnError(t *testing.T) {
	h := newHost(t)
	for _, live := range []bool{false, true} {
		t.Run(engineName(live), func(t *testing.T) {
			s := newStage(t, h, live)
			s.add("stillborn", nil, "n1")
			s.add("probe", nil, "n2")
			s.eventually("a failure", func() bool { return len(s.failures) > 0 })
			if f := s.failures[0]; f.Node != "n1" || f.Error != "not today" {
				t.Errorf("failure %+v, want n1: not today", f)
			}
			s.call("n2", "token")
		})
	}
}

func TestATaskThatDoesNotEndIsNamedByClose(t *testing.T) {
	h := newHost(t)
	s := newStage(t, h, true)
	s.add("probe", nil, "n1")
	s.begin("n1", "block", nil)
	s.pass(10 * time.Millisecond)
	_, err := s.Close()
	if err == nil || !strings.HasPrefix(err.Error(), "node n1: 1 tasks still run") {
		t.Errorf("close: %v, want the task of n1 that does not end", err)
	}
	wantPluginError(t, err)
	if left := children(t); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
}

// wantPluginError checks that the error is one that a plugin is to blame for.
func wantPluginError(t *testing.T, err error) {
	t.Helper()
	var plugin *trouble.Error
	if !errors.As(err, &plugin) {
		t.Errorf("the error is a %T (%v), want the plugin's", err, err)
	}
}

func TestANodeAddedDuringAPauseIsKnownAfterIt(t *testing.T) {
	s := newStage(t, newHost(t), true)
	s.add("probe", nil, "n1")
	s.pass(10 * time.Millisecond)
	s.do(engine.Pause{Node: "n1"})
	s.pass(10 * time.Millisecond)
	s.add("probe", nil, "n2")
	s.want("", "n2", "bind", "port", 9000)
	s.do(engine.Resume{Node: "n1"})
	s.want("", "n1", "bind", "port", 9000)
	s.want("", "n1", "send", "port", 9000, "to", value.Addr("n2:9000"), "size", 10)
	s.wantField(s.call("n2", "count", "port", 9000, "most", 1, "within", 5*time.Second), "src", "n1:9000")
}
