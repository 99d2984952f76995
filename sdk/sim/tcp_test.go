package sim_test

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/sim"
	"github.com/netlab-dev/netlab/sdk/value"
)

// pair is a connection from n2 to n1, both ends held by the test. The link has 20 ms of latency each way.
func pair(t *testing.T) (l lab, dialled, accepted sdk.Conn) {
	t.Helper()
	l = newLab(t, sim.Config{Conns: true}, "n1", "n2")
	l.latency(20 * ms)
	l.start("n1", func(e sdk.Env) error {
		ln := get(e.Listen(7))
		accepted = get(ln.Accept())
		return nil
	})
	l.start("n2", idle)
	l.call("n2", func(e sdk.Env) { dialled = get(e.Dial("n1:7")) })
	l.Run(long, func() bool { return accepted != nil })
	return l, dialled, accepted
}

func TestADialAndAnEchoCostOneRoundTripEach(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1", "n2")
	l.latency(20 * ms)
	l.start("n1", echo)
	l.start("n2", idle)
	var c sdk.Conn
	l.wantTime("dial", l.call("n2", func(e sdk.Env) { c = get(e.Dial("n1:7")) }), 40*ms)
	l.wantText("local", c.LocalAddr().String(), "n2:49152")
	l.wantText("remote", c.RemoteAddr().String(), "n1:7")
	took := l.call("n2", func(e sdk.Env) {
		get(c.Write([]byte("hello")))
		l.wantText("echo", readN(c, 5), "hello")
	})
	l.wantTime("echo", took, 40*ms)
	took = l.call("n2", func(e sdk.Env) {
		must(c.CloseWrite())
		l.wantText("rest", string(get(io.ReadAll(c))), "")
	})
	l.wantTime("half-close", took, 40*ms)
}

func TestAConnectionIsIdleUntilSomethingArrives(t *testing.T) {
	for name, arrive := range map[string]func(sdk.Conn) error{
		"a byte":  func(peer sdk.Conn) error { _, err := peer.Write([]byte("x")); return err },
		"the end": sdk.Conn.CloseWrite,
		"a close": sdk.Conn.Close,
		"a reset": sdk.Conn.Reset,
	} {
		l, a, b := pair(t)
		l.call("n1", func(e sdk.Env) {
			must(arrive(b))
		})
		l.call("n2", func(e sdk.Env) {
			must(e.Sleep(19 * ms))
			if !a.Idle() {
				t.Errorf("%s: not idle before it is there", name)
			}
			must(e.Sleep(2 * ms))
			if a.Idle() {
				t.Errorf("%s: idle although it is there", name)
			}
			if name == "a byte" {
				must(a.SetReadDeadline(e.Now().Add(-ms)))
				l.wantEqual("idle whatever the deadline", a.Idle(), false)
				must(a.SetReadDeadline(time.Time{}))
				l.wantText("what was looked at", readN(a, 1), "x")
				l.wantEqual("idle once it was read", a.Idle(), true)
			}
			must(a.Close())
			l.wantEqual("idle once closed", a.Idle(), false)
		})
	}
}

func TestADialOfTheNodeItselfCostsTheFloorTwice(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	l.latency(20 * ms)
	l.start("n1", echo)
	l.wantTime("dial", l.call("n1", func(e sdk.Env) { get(e.Dial("n1:7")) }), 2*sim.Floor)
}

func TestADialIsRefusedAfterARoundTrip(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1", "n2", "n3")
	l.latency(20 * ms)
	l.start("n1", idle)
	l.start("n2", idle)
	for _, to := range []value.Addr{"n1:8", "n3:7"} { // nobody listens; the node is not up
		took := l.call("n2", func(e sdk.Env) {
			_, err := e.Dial(string(to))
			l.wantErr("dial "+string(to), err, sdk.ErrRefused)
		})
		l.wantTime("refusal by "+string(to), took, 40*ms)
	}
}

func TestADialThatCannotBeMadeFailsAtOnce(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	l.start("n1", idle)
	took := l.call("n1", func(e sdk.Env) {
		_, err := e.Dial("n9:7")
		l.wantErr("unknown node", err, sdk.ErrNoNode)
		_, err = e.DialTimeout("n1:7", 0)
		l.wantErr("no time", err, sdk.ErrTimeout)
		if _, err = e.Dial("n1"); err == nil {
			t.Error("dialled an address without a port")
		}
	})
	l.wantTime("all", took, 0)
}

func TestADialHearsNothingWhileTheLinkIsCut(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1", "n2")
	l.start("n1", echo)
	l.start("n2", idle)
	heal := l.cut("n1", "n2")
	took := l.call("n2", func(e sdk.Env) {
		_, err := e.Dial("n1:7")
		l.wantErr("dial", err, sdk.ErrTimeout)
	})
	l.wantTime("dial", took, sdk.DialTimeout)
	var c sdk.Conn
	var err error
	ended := false
	l.Node("n2").Call(func(e sdk.Env) { c, err = e.Dial("n1:7") }, func(bool) { ended = true })
	begin := l.Now()
	l.run(2500 * ms)
	heal()
	l.Run(l.Now()+long, func() bool { return ended })
	l.ok(err)
	// A SYN is sent again 1 s and 3 s after the first.
	l.wantTime("dial over a heal", l.Now()-begin, 3*time.Second+2*sim.Floor)
	l.call("n2", func(sdk.Env) { get(c.Write([]byte("x"))); readN(c, 1) })
}

func TestADialThatEndsEarlyLeavesNothingAtTheListener(t *testing.T) {
	for what, end := range map[string]func(l lab){
		"given up": func(l lab) {
			l.call("n2", func(e sdk.Env) {
				_, err := e.DialTimeout("n1:7", 150*ms)
				l.wantErr("dial", err, sdk.ErrTimeout)
			})
		},
		"ended by a crash": func(l lab) {
			l.Node("n2").Call(func(e sdk.Env) { get(e.Dial("n1:7")) }, func(bool) {})
			l.run(150 * ms)
			l.Node("n2").Crash()
		},
	} {
		l := newLab(t, sim.Config{}, "n1", "n2")
		l.latency(100 * ms)
		accepted := false
		l.start("n1", func(e sdk.Env) error {
			get(get(e.Listen(7)).Accept())
			accepted = true
			return nil
		})
		l.start("n2", idle)
		end(l)
		l.run(time.Minute)
		if n := len(l.Connections("", "")); accepted || n > 0 {
			t.Errorf("a dial that is %s: accepted %v, %d connections are left", what, accepted, n)
		}
	}
}

func TestHalfCloseLeavesTheOtherDirectionOpen(t *testing.T) {
	l, d, a := pair(t)
	l.call("n2", func(sdk.Env) {
		get(d.Write([]byte("question")))
		must(d.CloseWrite())
		_, err := d.Write([]byte("x"))
		l.wantErr("write after half-close", err, sdk.ErrClosed)
	})
	l.call("n1", func(sdk.Env) {
		l.wantText("question", string(get(io.ReadAll(a))), "question")
		get(a.Write([]byte("answer")))
		must(a.Close())
	})
	l.call("n2", func(sdk.Env) {
		l.wantText("answer", string(get(io.ReadAll(d))), "answer")
	})
	l.run(time.Second)
	if n := len(l.Connections("", "")); n > 0 {
		t.Errorf("%d ends are listed though both directions have ended", n)
	}
	l.call("n2", func(sdk.Env) {
		must(d.Close())
		_, err := d.Read(make([]byte, 1))
		l.wantErr("read after close", err, sdk.ErrClosed)
		l.wantErr("second close", d.Close(), sdk.ErrClosed)
	})
}

func TestAResetReachesThePeerAfterWhatWasSentBefore(t *testing.T) {
	l, d, a := pair(t)
	l.call("n2", func(sdk.Env) {
		get(d.Write([]byte("last words")))
		must(d.Reset())
	})
	took := l.call("n1", func(sdk.Env) {
		l.wantText("before the reset", readN(a, 10), "last words")
		_, err := a.Read(make([]byte, 1))
		l.wantErr("read", err, sdk.ErrReset)
		_, err = a.Write([]byte("x"))
		l.wantErr("write", err, sdk.ErrReset)
	})
	l.wantTime("reset", took, 20*ms)
}

func TestWritingToAClosedConnectionBringsAReset(t *testing.T) {
	l, d, a := pair(t)
	l.call("n1", func(sdk.Env) { must(a.Close()) })
	l.call("n2", func(e sdk.Env) {
		l.wantText("rest", string(get(io.ReadAll(d))), "")
		get(d.Write([]byte("nobody reads this")))
		must(e.Sleep(50 * ms))
		_, err := d.Write([]byte("x"))
		l.wantErr("write", err, sdk.ErrReset)
	})
}

func TestClosingWithUnreadBytesResets(t *testing.T) {
	l, d, a := pair(t)
	l.call("n2", func(e sdk.Env) {
		get(d.Write([]byte("unread")))
		must(e.Sleep(30 * ms))
	})
	l.call("n1", func(sdk.Env) { must(a.Close()) })
	l.call("n2", func(sdk.Env) {
		_, err := d.Read(make([]byte, 1))
		l.wantErr("read", err, sdk.ErrReset)
	})
}

func TestTheLabsResetHitsBothEndsAtOnce(t *testing.T) {
	l, d, a := pair(t)
	errs := map[string]error{}
	l.Node("n1").Call(func(sdk.Env) { _, errs["n1"] = a.Read(make([]byte, 1)) }, func(bool) {})
	l.Node("n2").Call(func(sdk.Env) { _, errs["n2"] = d.Read(make([]byte, 1)) }, func(bool) {})
	if n := l.Reset("n1", "n2"); n != 1 {
		t.Errorf("reset %d connections, want 1", n)
	}
	l.Run(l.Now(), nil)
	l.wantErr("n1", errs["n1"], sdk.ErrReset)
	l.wantErr("n2", errs["n2"], sdk.ErrReset)
	if n := l.Reset("n1", "n2"); n != 0 {
		t.Errorf("reset %d connections again, want 0", n)
	}
}

func TestAWriterWaitsForItsReaderAndNoByteIsLost(t *testing.T) {
	l, d, a := pair(t)
	sent := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // 1 MiB
	done := false
	l.Node("n2").Call(func(sdk.Env) { get(d.Write(sent)); must(d.Close()) }, func(bool) { done = true })
	l.run(time.Minute)
	if done {
		t.Fatal("a write of 1 MiB ended without a reader")
	}
	var got []byte
	l.call("n1", func(sdk.Env) { got = get(io.ReadAll(a)) })
	if !done || !bytes.Equal(got, sent) {
		t.Errorf("written: %v, got %d bytes, want the %d that were sent", done, len(got), len(sent))
	}
}

func TestDeadlinesWakeThoseWhoWait(t *testing.T) {
	l, d, _ := pair(t)
	one := make([]byte, 1)
	took := l.call("n2", func(e sdk.Env) {
		must(d.SetReadDeadline(e.Now().Add(30 * ms)))
		_, err := d.Read(one)
		l.wantErr("read", err, sdk.ErrTimeout)
		if timeout, ok := err.(net.Error); !ok || !timeout.Timeout() {
			t.Errorf("%#v is not a timeout of net", err)
		}
		must(d.SetReadDeadline(time.Time{}))
		e.AfterFunc(10*ms, func() { must(d.SetReadDeadline(time.Unix(1, 0))) }) // as net/http aborts a read
		_, err = d.Read(one)
		l.wantErr("aborted read", err, sdk.ErrTimeout)
	})
	l.wantTime("reads", took, 40*ms)
	took = l.call("n2", func(e sdk.Env) {
		must(d.SetWriteDeadline(e.Now().Add(time.Second)))
		n, err := d.Write(make([]byte, 1<<20))
		l.wantErr("write", err, sdk.ErrTimeout)
		if n < 128<<10 || n > 512<<10 { // the window of a receiver that nobody reads from, and the send buffer
			t.Errorf("wrote %d bytes, want the receiver's window and the send buffer", n)
		}
	})
	l.wantTime("write", took, time.Second)
}

func TestBytesThatArriveAtTheDeadlineAreRead(t *testing.T) {
	l, d, a := pair(t)
	l.call("n2", func(sdk.Env) { get(d.Write([]byte("x"))) })
	l.call("n1", func(e sdk.Env) {
		must(a.SetReadDeadline(e.Now().Add(20 * ms)))
		l.wantText("read", readN(a, 1), "x")
	})
}

func TestWritersTakeTurns(t *testing.T) {
	l, d, a := pair(t)
	for _, part := range []string{"a", "b"} {
		l.Node("n2").Call(func(sdk.Env) { get(d.Write(bytes.Repeat([]byte(part), 300_000))) }, func(bool) {})
	}
	l.call("n1", func(sdk.Env) {
		got := readN(a, 600_000)
		if i := bytes.IndexByte([]byte(got), 'b'); i != 300_000 {
			t.Errorf("the second write begins at byte %d", i)
		}
	})
}

func TestPortsAreTakenGivenBackAndCountedUp(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	l.start("n1", idle)
	l.call("n1", func(e sdk.Env) {
		ln := get(e.Listen(7))
		_, err := e.Listen(7)
		l.wantErr("taken port", err, sdk.ErrInUse)
		get(e.ListenPacket(7)) // UDP has its own ports
		must(ln.Close())
		_, err = ln.Accept()
		l.wantErr("accept after close", err, sdk.ErrClosed)
		get(e.Listen(7))
		l.wantText("first free port", get(e.Listen(0)).Addr().String(), "n1:49152")
		l.wantText("second free port", get(e.Listen(0)).Addr().String(), "n1:49153")
		if _, err := e.Listen(70000); err == nil {
			t.Error("listens on port 70000")
		}
	})
}

func TestAClosedListenerResetsItsBacklog(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1", "n2")
	var ln sdk.Listener
	l.start("n1", func(e sdk.Env) error { ln = get(e.Listen(7)); return nil })
	l.start("n2", idle)
	var c sdk.Conn
	l.call("n2", func(e sdk.Env) { c = get(e.Dial("n1:7")) })
	l.call("n1", func(sdk.Env) { must(ln.Close()) })
	l.call("n2", func(sdk.Env) {
		_, err := c.Read(make([]byte, 1))
		l.wantErr("read", err, sdk.ErrReset)
	})
}

func TestASynWaitsForRoomInTheBacklog(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1", "n2")
	var ln sdk.Listener
	l.start("n1", func(e sdk.Env) error { ln = get(e.Listen(7)); return nil })
	l.start("n2", idle)
	l.call("n2", func(e sdk.Env) {
		for range 4096 {
			get(e.Dial("n1:7"))
		}
		e.AfterFunc(500*ms, func() {})
	})
	var took time.Duration
	l.Node("n2").Call(func(e sdk.Env) {
		begin := e.Now()
		get(e.Dial("n1:7"))
		took = e.Now().Sub(begin)
	}, func(bool) {})
	l.run(500 * ms)
	l.call("n1", func(sdk.Env) { get(ln.Accept()) })
	l.run(10 * time.Second)
	l.wantTime("dial", took, time.Second+2*sim.Floor)
}

func TestConnectionEventsAreTracedOnRequest(t *testing.T) {
	l, d, _ := pair(t)
	l.call("n2", func(e sdk.Env) {
		must(d.Close())
		_, err := e.Dial("n1:9")
		l.wantErr("dial", err, sdk.ErrRefused)
	})
	var names []string
	for _, e := range l.Drain() {
		if e.Class != value.ClassConn || e.Node != "n2" {
			t.Errorf("unexpected event %+v", e)
		}
		names = append(names, e.Name+" "+string(e.Get("remote").(value.Addr)))
	}
	l.wantEqual("events", names, []string{"connected n1:7", "closed n1:7", "refused n1:9"})
}
