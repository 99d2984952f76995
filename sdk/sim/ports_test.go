package sim_test

import (
	"runtime/debug"
	"syscall"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/sim"
)

func TestWhenNoPortIsFreeADialSaysSo(t *testing.T) {
	l := newLab(t, sim.Config{}, "n1")
	l.start("n1", idle)
	l.call("n1", func(e sdk.Env) {
		for range 1 << 14 {
			get(e.Listen(0))
		}
		_, err := e.Dial("n1:7")
		l.wantErr("dial", err, sdk.ErrNoPort)
		_, err = e.Listen(0)
		l.wantErr("listen", err, sdk.ErrNoPort)
	})
}

// What is open and idle costs nothing: sixteen times the connections cost about sixteen times as much, and not 256 times. The
// collector of garbage is off, since what it takes has more to do with when it begins; of several measurements the least counts.
func TestOpenConnectionsCostNothing(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	once := func(n int) time.Duration {
		l := newLab(t, sim.Config{}, "n1", "n2")
		l.start("n1", func(e sdk.Env) error {
			ln := get(e.Listen(7))
			for {
				if _, err := ln.Accept(); err != nil {
					return err
				}
			}
		})
		l.start("n2", idle)
		before := used(t)
		for range n { // each until nothing is left to happen
			l.call("n2", func(e sdk.Env) { get(e.Dial("n1:7")) })
		}
		return used(t) - before
	}
	cost := func(n int) time.Duration { return min(once(n), once(n), once(n)) }
	few, many := cost(1000), cost(16_000)
	if many > 64*few { // a processor may be twice as fast for some milliseconds
		t.Errorf("16000 connections take %v of CPU, 1000 take %v", many, few)
	}
}

// used is the CPU time of the process.
func used(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
