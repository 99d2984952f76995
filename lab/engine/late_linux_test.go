package engine_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
)

const stall = 300 * time.Millisecond

func TestARunIsLateWhenANodeGetsNoCPU(t *testing.T) {
	s := newStage(t, newHost(t), true)
	s.add("probe", nil, "n1", "n2")
	pid := int(field[int64](s, s.call("n1", "whoami"), "pid"))
	for _, signal := range []syscall.Signal{syscall.SIGSTOP, syscall.SIGCONT} {
		if err := syscall.Kill(pid, signal); err != nil {
			t.Fatal(err)
		}
		s.pass(stall)
	}
	const least = stall * 9 / 10 // it notices what is left of the stall after it was due
	s.eventually("the stall was told", func() bool { return s.lateness >= least })
	if summary := s.close(); summary.Lateness < least {
		t.Errorf("the run was late by %v in the end, by %v before", summary.Lateness, s.lateness)
	}
}

func TestAPauseMakesNobodyLate(t *testing.T) {
	late := time.Duration(0)
	for range 10 { // a machine may be that busy once
		s := newStage(t, newHost(t), true)
		s.add("probe", nil, "n1")
		s.pass(time.Millisecond)
		s.do(engine.Pause{Node: "n1"})
		s.pass(stall)
		s.do(engine.Resume{Node: "n1"})
		s.call("n1", "whoami")
		s.pass(stall / 3)
		if late = s.close().Lateness; late < stall/2 {
			return
		}
	}
	t.Errorf("late by %v though the node was paused", late)
}

func TestOnlyTimeOutsideOfPausesIsLate(t *testing.T) {
	const forever = 1<<63 - 1
	for _, c := range []struct {
		due, woke, want time.Duration
		pauses          []engine.Pausing
	}{
		{10, 50, 40, nil},
		{10, 50, 10, []engine.Pausing{{From: 15, To: 45}}},
		{10, 50, 5, []engine.Pausing{{From: 0, To: 45}}},
		{10, 50, 20, []engine.Pausing{{From: 0, To: 20}, {From: 25, To: 35}, {From: 60, To: 70}}},
		{10, 50, 2, []engine.Pausing{{From: 12, To: forever}}},
		{50, 10, 0, nil},
	} {
		if got := engine.Awake(c.due, c.woke, c.pauses); got != c.want {
			t.Errorf("due %d, woke %d, pauses %v: late by %d, want %d", c.due, c.woke, c.pauses, got, c.want)
		}
	}
}
