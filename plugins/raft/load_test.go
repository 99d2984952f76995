package raft

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sim"
)

// proposeAll proposes so many commands of a size at once.
func (w *world) proposeAll(name string, count, size int) (all []*reply[Proposed]) {
	for range count {
		all = append(all, w.propose(name, strings.Repeat("y", size)))
	}
	return all
}

func answered(all []*reply[Proposed]) (count int) {
	for _, r := range all {
		if r.done {
			count++
		}
	}
	return count
}

// What an isolated leader has taken is told, wherever it stood in the log, once another one has committed.
func TestAllThatIsCertainlyLostIsTold(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 1}, nil)
	w.agree("x")
	old := w.leader()
	w.isolate(old)
	doomed := w.proposeAll(old, 100, 10)
	w.await("another leader", func() bool { return w.leader() != old })
	w.agree("y", old)
	w.heal()
	w.await("all are told", func() bool { return answered(doomed) == len(doomed) })
	want := "lost: a later leader has committed entries, so index 102 of term 1 never will be"
	if last := doomed[99].err; last == nil || isUnknown(last) || last.Error() != want {
		t.Errorf("the last one: %v, want %s", last, want)
	}
	w.check()
}

func TestAHealthyClusterGoesOnBehindASmallMTU(t *testing.T) {
	for _, mtu := range []int64{200, 576, 1500} {
		w := newWorld(t, 3, sim.Config{Seed: 1}, nil)
		w.agree("x")
		w.SetDefault(link.Profile{Latency: link.NewFixed(5 * time.Millisecond), MTU: mtu})
		all := w.proposeAll(w.leader(), 200, 50)
		w.await("all are answered", func() bool { return answered(all) == len(all) })
		for _, r := range all {
			if r.err != nil {
				t.Fatalf("mtu %d: %v", mtu, r.err)
			}
		}
		large := w.propose(w.leader(), strings.Repeat("y", 3000))
		w.await("an answer", func() bool { return large.done })
		if large.err == nil || isUnknown(large.err) || !strings.Contains(large.err.Error(), "too large for the network") {
			t.Errorf("mtu %d: a command of 3000 bytes: %v", mtu, large.err)
		}
		w.agree("y")
		w.check()
	}
}

// A wall clock that jumps, in either direction, is nothing to a leader, nor to a client.
func TestAJumpOfTheWallClockMovesNoTimer(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 1}, nil)
	c := w.client("c1")
	w.agree("x")
	lead := w.leader()
	for i := range 20 {
		offset := time.Duration(i%3-1) * time.Hour
		w.Node(lead).SetClock(1, offset)
		w.pass(100 * time.Millisecond)
		done := operate(w, "c1", func(e sdk.Env) (Sum, error) { return c.incr(e, IncrArgs{Key: "n", By: 1}) })
		w.pass(time.Millisecond)
		w.Node("c1").SetClock(1, -offset)
		if _, err := finish(w, done); err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range w.events {
		if e.Name == "stepped_down" {
			t.Errorf("%s: %v", e.Node, e.Fields)
		}
	}
}

func TestTwelveClientsWithAHundredChangesAtOnceAreServed(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 1}, nil)
	w.SetDefault(link.Profile{Latency: link.NewFixed(3 * time.Millisecond)})
	w.elect()
	clients := map[string]*Client{}
	for range 2 {
		var all []*reply[Sum]
		for i := range 12 {
			name := fmt.Sprint("c", i+1)
			if clients[name] == nil {
				clients[name] = w.client(name)
			}
			c := clients[name]
			for range 100 {
				all = append(all, operate(w, name, func(e sdk.Env) (Sum, error) { return c.incr(e, IncrArgs{Key: "n", By: 1}) }))
			}
		}
		for _, r := range all {
			if _, err := finish(w, r); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// More calls than may wait for the loop are refused at once.
func TestCallsThatFindNoRoomAreBusy(t *testing.T) {
	w := newWorld(t, 1, sim.Config{Seed: 1}, nil)
	w.agree("x")
	w.rafts["n1"].queued = maxQueued
	r := w.propose("n1", "y")
	want := "busy: 4096 messages and calls wait already"
	if !r.done || r.err == nil || r.err.Error() != want || isUnknown(r.err) {
		t.Errorf("got %v, want %s", r.err, want)
	}
}

// A request for which there is no room is called busy, and stays so: no copy of it is taken later.
func TestRequestsThatFindNoRoomAreBusy(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 1}, nil)
	p := w.probe()
	session := p.open()
	lead := w.leader()
	term := w.status(lead).Term
	r := w.rafts[lead]
	for _, queued := range []int{maxQueued, 0} {
		r.queued = queued
		if a := p.ask(lead, 5, term, incr(session, 1)); a.status != statusBusy {
			t.Errorf("%d wait already: got %+v, want busy", queued, a)
		}
	}
	if n := w.commands(lead, incr(session, 1)); n != 0 {
		t.Errorf("it was taken %d times", n)
	}
	r.queued = maxQueued + maxTurnedAway
	p.send(lead, 6, term, incr(session, 2))
	w.pass(10 * time.Millisecond)
	if r.queued != maxQueued+maxTurnedAway {
		t.Errorf("one more waits where none may: %d", r.queued)
	}
}
