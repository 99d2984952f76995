package sim_test

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sim"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

func TestACutStallsAStreamUntilItHeals(t *testing.T) {
	l, d, a := pair(t)
	heal := l.cut("n1", "n2")
	begin := l.Now()
	l.call("n2", func(sdk.Env) { get(d.Write([]byte("one"))); get(d.Write([]byte("two"))) })
	l.run(time.Second)
	heal()
	l.call("n1", func(sdk.Env) { l.wantText("read", readN(a, 6), "onetwo") })
	// The timer is the round trip of 40 ms and 200 ms more, and doubles: 0.24, 0.72, 1.68 s.
	l.wantTime("arrival", l.Now()-begin, 1822*ms)
}

func TestWhatIsUnderWayWhenACutBeginsStillArrives(t *testing.T) {
	l, d, a := pair(t)
	l.call("n2", func(e sdk.Env) { get(d.Write([]byte("x"))); must(e.Sleep(10 * ms)) })
	l.cut("n1", "n2")
	l.wantTime("arrival", l.call("n1", func(sdk.Env) { readN(a, 1) }), 10*ms)
}

func TestACutOfOneDirectionLeavesTheOther(t *testing.T) {
	l, d, a := pair(t)
	l.ok(l.AddEffect(link.Cut, "n2", "n1", new(link.Meter)))
	l.call("n1", func(sdk.Env) { get(a.Write([]byte("x"))) })
	l.call("n2", func(sdk.Env) { readN(d, 1) })
	l.call("n2", func(sdk.Env) { get(d.Write([]byte("x"))) })
	l.call("n1", func(e sdk.Env) {
		must(a.SetReadDeadline(e.Now().Add(time.Second)))
		_, err := a.Read(make([]byte, 1))
		l.wantErr("read over the cut", err, sdk.ErrTimeout)
	})
}

func TestCutsAddUpAndCountWhatTheyMeet(t *testing.T) {
	l, d, a := pair(t)
	first, second := new(link.Meter), new(link.Meter)
	l.ok(l.AddEffect(link.Cut, "n2", "n1", first))
	l.ok(l.AddEffect(link.Cut, "n2", "n1", second))
	l.call("n2", func(sdk.Env) { get(d.Write([]byte("x"))); get(d.Write([]byte("y"))) })
	l.ok(l.RemoveEffect(link.Cut, "n2", "n1", first))
	l.run(5 * time.Second)
	read := ""
	l.Node("n1").Call(func(sdk.Env) { read = readN(a, 2) }, func(bool) {})
	if read != "" {
		t.Error("bytes came through a cut that is left")
	}
	l.ok(l.RemoveEffect(link.Cut, "n2", "n1", second))
	l.run(10 * time.Second)
	l.wantText("read", read, "xy")
	if n, m := first.Count(), second.Count(); n != 2 || m <= n {
		t.Errorf("the cuts met %d and %d segments, want the two of the beginning, and those that were sent again", n, m)
	}
}

func TestAStreamStalledForTooLongIsResetAtBothEnds(t *testing.T) {
	l, d, a := pair(t)
	l.cut("n1", "n2")
	begin := l.Now()
	l.call("n2", func(sdk.Env) { get(d.Write([]byte("x"))) })
	l.call("n2", func(sdk.Env) {
		_, err := d.Read(make([]byte, 1))
		l.wantErr("sender", err, sdk.ErrReset)
	})
	l.wantTime("patience", l.Now()-begin, tcp.GiveUp)
	l.call("n1", func(sdk.Env) {
		_, err := a.Read(make([]byte, 1))
		l.wantErr("receiver", err, sdk.ErrReset)
	})
}

func TestAnIdleStreamOutlivesALongCut(t *testing.T) {
	l, d, a := pair(t)
	heal := l.cut("n1", "n2")
	l.run(2 * tcp.GiveUp)
	heal()
	l.call("n2", func(sdk.Env) { get(d.Write([]byte("x"))) })
	l.wantTime("arrival", l.call("n1", func(sdk.Env) { readN(a, 1) }), 20*ms)
}

func TestACutHidesTheResetOfACrash(t *testing.T) {
	l, _, a := pair(t)
	heal := l.cut("n1", "n2")
	l.Node("n2").Crash()
	var err error
	ended := false
	l.Node("n1").Call(func(sdk.Env) { _, err = a.Read(make([]byte, 1)) }, func(bool) { ended = true })
	l.run(30 * time.Second)
	if ended {
		t.Fatalf("the reset came through the cut: %v", err)
	}
	heal()
	l.run(time.Minute)
	if ended {
		t.Fatalf("a reset was repeated, which no TCP does: %v", err)
	}
	l.call("n1", func(sdk.Env) { get(a.Write([]byte("x"))) })
	l.run(time.Second)
	l.wantErr("read after a write", err, sdk.ErrReset)
}

func TestAWindowUpdateThatWasCutIsMadeUpFor(t *testing.T) {
	l, d, a := pair(t)
	done := false
	l.Node("n2").Call(func(sdk.Env) { get(d.Write(make([]byte, 300_000))) }, func(bool) { done = true })
	l.run(time.Second)
	m := new(link.Meter)
	l.ok(l.AddEffect(link.Cut, "n1", "n2", m))
	l.call("n1", func(sdk.Env) { readN(a, 64<<10) })
	l.run(time.Second)
	if done {
		t.Fatal("the writer went on without an update")
	}
	l.ok(l.RemoveEffect(link.Cut, "n1", "n2", m))
	l.call("n1", func(sdk.Env) { readN(a, 300_000-64<<10) })
	if !done {
		t.Error("the writer still waits")
	}
}

func TestLossOnAStreamIsDelayAndNeverLoss(t *testing.T) {
	l, d, a := pair(t)
	l.SetDefault(link.Profile{Latency: link.NewFixed(20 * ms), Loss: 0.1})
	sent := make([]byte, 100*tcp.MSS)
	for i := range sent {
		sent[i] = byte(i >> 3)
	}
	l.Node("n2").Call(func(sdk.Env) { get(d.Write(sent)) }, func(bool) {})
	l.call("n1", func(sdk.Env) { l.wantText("read", readN(a, len(sent)), string(sent)) })
	if n := l.Connections("n2", "n1")[1].Retransmits; n < 5 {
		t.Errorf("%d segments were sent again, want about ten of a hundred", n)
	}
}

func TestALinkThatIsNotThereIsAnError(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1", "n2")
	m := new(link.Meter)
	for what, err := range map[string]error{
		"cut":     l.AddEffect(link.Cut, "n1", "n9", m),
		"heal":    l.RemoveEffect(link.Cut, "n9", "n1", m),
		"attach":  l.AddEffect(link.Watch, "n1", "n9", m),
		"detach":  l.RemoveEffect(link.Watch, "n1", "n9", m),
		"profile": l.SetProfile("n1", "n9", link.Profile{}),
	} {
		l.wantErr(what, err, sdk.ErrNoNode)
	}
	if l.AddEffect(link.Cut, "n1", "n1", m) == nil {
		t.Error("cut a node from itself")
	}
}

// TestDialsThatWereGivenUpBehindACutFillNoBacklogForEver: their SYNs have come, and no answer gets through.
func TestDialsThatWereGivenUpBehindACutFillNoBacklogForEver(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1", "n2")
	l.latency(20 * ms)
	l.start("n1", echo)
	l.start("n2", idle)
	m := new(link.Meter)
	l.ok(l.AddEffect(link.Cut, "n1", "n2", m))
	l.call("n2", func(e sdk.Env) {
		for range 5000 { // more than a listener has places for
			e.Go(func() { _, _ = e.DialTimeout("n1:7", time.Second) })
		}
		must(e.Sleep(5 * time.Minute))
	})
	l.ok(l.RemoveEffect(link.Cut, "n1", "n2", m))
	l.wantTime("dial", l.call("n2", func(e sdk.Env) { get(e.DialTimeout("n1:7", 30*time.Second)) }), 40*ms)
}

// TestAResetOfAConnectionWhoseAcceptorHasForgottenIt: the dialler's last word of the handshake was lost, and all after it.
func TestAResetOfAConnectionWhoseAcceptorHasForgottenIt(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1", "n2")
	l.latency(20 * ms)
	l.start("n1", echo)
	l.start("n2", idle)
	var c sdk.Conn
	l.Node("n2").Call(func(e sdk.Env) { c = get(e.Dial("n1:7")) }, func(bool) {})
	l.run(30 * ms)
	l.ok(l.AddEffect(link.Cut, "n2", "n1", new(link.Meter)))
	l.run(5 * time.Minute)
	l.wantEqual("reset", l.Reset("n1", "n2"), 1)
	l.call("n2", func(sdk.Env) {
		_, err := c.Read(make([]byte, 1))
		l.wantErr("read", err, sdk.ErrReset)
	})
}
