package sim_test

import (
	"fmt"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sim"
	"github.com/netlab-dev/netlab/sdk/value"
)

type heard struct {
	From string
	Text string
}

// busy is a component that uses everything: it sends datagrams to its peers and to itself, echoes streams, sleeps at
// random, writes to its disk and tells what it hears.
func busy(e sdk.Env) error {
	s := get(e.ListenPacket(1))
	e.Go(func() {
		b := make([]byte, 100)
		for {
			n, from, err := s.ReadFrom(b)
			must(err)
			e.Emit(heard{from.String(), string(b[:n])})
		}
	})
	e.Go(func() { must(echo(e)) })
	f := get(e.Disk().Open("log"))
	for i := 0; ; i++ {
		must(e.Sleep(time.Duration(e.Rand().IntN(10)) * ms))
		for _, peer := range append(e.Peers(), e.Node()) {
			get(s.WriteTo(fmt.Appendf(nil, "%d from %s", i, e.Node()), value.MakeAddr(peer, 1)))
			e.Go(func() { talk(e, peer) })
		}
		get(f.WriteAt([]byte{byte(i)}, int64(i)))
		must(f.Sync())
	}
}

func talk(e sdk.Env, peer string) {
	c, err := e.DialTimeout(peer+":7", 20*ms)
	if err != nil {
		return
	}
	defer c.Close()
	must(c.SetDeadline(e.Now().Add(30 * ms)))
	b := make([]byte, 50)
	if _, err = c.Write(b); err == nil {
		_, err = io.ReadFull(c, b)
	}
	e.Emit(heard{From: peer, Text: fmt.Sprint(err)})
}

// story runs busy nodes through faults, and returns the digest and the events. Others are nodes that nobody talks to.
func story(t *testing.T, cfg sim.Config, others ...string) (uint64, []value.Event) {
	t.Helper()
	names := []string{"n1", "n2", "n3"}
	l := newLab(t, cfg, append(slices.Clone(others), "n3")...)
	for _, name := range names {
		peers := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return n == name })
		if name != "n3" {
			_, err := l.Add(name, peers)
			l.ok(err)
		}
		l.start(name, busy)
	}
	for _, name := range others {
		l.start(name, busy)
	}
	l.SetDefault(link.Profile{
		Latency: link.NewFixed(ms), Jitter: link.NewExponential(2 * ms), Loss: 0.05, Duplicate: 0.02, Reorder: 0.02,
		Corrupt: 0.02, Rate: 10 * link.Mbit, Queue: 20_000,
	})
	l.run(100 * ms)
	heal := l.cut("n1", "n2")
	l.run(100 * ms)
	l.Node("n3").Crash()
	l.run(50 * ms)
	heal()
	l.Node("n1").Pause()
	l.start("n3", busy)
	l.run(50 * ms)
	l.Node("n1").Resume()
	l.Reset("n2", "n3")
	l.run(200 * ms)
	l.noFailures()
	return l.Digest(), l.Drain()
}

func TestTheSameSeedIsTheSameRun(t *testing.T) {
	digest, events := story(t, sim.Config{Seed: 1})
	again, same := story(t, sim.Config{Seed: 1})
	l := lab{t: t}
	l.wantEqual("digest", again, digest)
	l.wantEqual("events", same, events)
	if len(events) < 500 {
		t.Errorf("only %d events: the story says too little", len(events))
	}
}

func TestWorldsBesideEachOtherDoNotMeet(t *testing.T) {
	want, _ := story(t, sim.Config{Seed: 3})
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if got, _ := story(t, sim.Config{Seed: 3}); got != want {
				t.Errorf("digest %x, want %x", got, want)
			}
		})
	}
	group.Wait()
}

func TestAnotherSeedIsAnotherRun(t *testing.T) {
	seen := map[uint64]uint64{}
	for seed := range uint64(10) {
		digest, _ := story(t, sim.Config{Seed: seed})
		if other, twice := seen[digest]; twice {
			t.Errorf("seeds %d and %d have one digest", seed, other)
		}
		seen[digest] = seed
	}
}

func TestTheLevelOfTracingDoesNotTouchTheDigest(t *testing.T) {
	plain, _ := story(t, sim.Config{Seed: 1})
	full, _ := story(t, sim.Config{Seed: 1, Conns: true, Log: func(string) io.Writer { return io.Discard }})
	if plain != full {
		t.Errorf("digest %x with all events, %x without", full, plain)
	}
}

func TestAnUnrelatedNodeShiftsNothing(t *testing.T) {
	_, alone := story(t, sim.Config{Seed: 1})
	_, events := story(t, sim.Config{Seed: 1}, "n0", "z")
	events = slices.DeleteFunc(events, func(e value.Event) bool { return e.Node == "n0" || e.Node == "z" })
	lab{t: t}.wantEqual("events", events, alone)
}

func TestTheOrderOfAddIsIrrelevant(t *testing.T) {
	run := func(names ...string) uint64 {
		l := newLab(t, sim.Config{Seed: 5})
		for _, name := range names {
			_, err := l.Add(name, slices.DeleteFunc([]string{"a", "b", "c"}, func(n string) bool { return n == name }))
			l.ok(err)
			l.start(name, busy)
		}
		l.run(100 * ms)
		l.noFailures()
		return l.Digest()
	}
	if first, second := run("a", "b", "c"), run("c", "a", "b"); first != second {
		t.Errorf("digests %x and %x", first, second)
	}
}

func TestEverythingOfTheLawIsInTheDigest(t *testing.T) {
	seen := map[uint64]string{}
	for name, act := range map[string]func(l lab){
		"nothing": func(lab) {},
		"a timer": func(l lab) { l.call("n1", func(e sdk.Env) { must(e.Sleep(ms)) }) },
		"a datagram": func(l lab) {
			l.call("n1", func(e sdk.Env) { get(get(e.ListenPacket(1)).WriteTo(nil, value.Addr("n2:1"))) })
		},
		"a datagram's content": func(l lab) {
			l.call("n1", func(e sdk.Env) { get(get(e.ListenPacket(1)).WriteTo([]byte("x"), value.Addr("n2:1"))) })
		},
		"an event":         func(l lab) { l.Node("n1").Record(value.ClassCall, "x", nil) },
		"an event's class": func(l lab) { l.Node("n1").Record(value.ClassFault, "x", nil) },
		"an event's node":  func(l lab) { l.Node("n2").Record(value.ClassCall, "x", nil) },
		"an event's field": func(l lab) {
			l.Node("n1").Record(value.ClassCall, "x", value.Fields{{Name: "a", Value: int64(1)}})
		},
		"a note":           func(l lab) { l.Node("n1").Note(value.ClassCall, "x", nil) },
		"a note's class":   func(l lab) { l.Node("n1").Note(value.ClassFault, "x", nil) },
		"a note's name":    func(l lab) { l.Node("n1").Note(value.ClassCall, "y", nil) },
		"a note's content": func(l lab) { l.Node("n1").Note(value.ClassCall, "x", []byte("y")) },
		"a sync": func(l lab) {
			l.call("n1", func(e sdk.Env) { must(get(e.Disk().Open("f")).Sync()) })
		},
		"a crash": func(l lab) { l.Node("n1").Crash() },
		"a pause": func(l lab) { l.Node("n1").Pause() },
		"a cut":   func(l lab) { l.ok(l.AddEffect(link.Cut, "n1", "n2", new(link.Meter))) },
		"a reset": func(l lab) { l.Reset("n1", "n2") },
	} {
		l := newLab(t, sim.Config{}, "n1", "n2")
		l.start("n1", idle)
		l.start("n2", idle)
		act(l)
		l.Run(time.Second, nil)
		if other, twice := seen[l.Digest()]; twice {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[l.Digest()] = name
	}
}

func TestEveryKindOfValueHasItsOwnDigest(t *testing.T) {
	seen := map[uint64]any{}
	for _, v := range []any{
		nil, false, true, int64(0), int64(1), 0.0, 1.0, "", "1", []byte{}, []byte("1"), time.Duration(1), link.Rate(1),
		value.Addr("1"), value.Node("1"), []any{}, []any{nil}, []any{nil, nil}, []any{[]any{nil}}, value.Fields{},
		value.Fields{{Name: "1"}}, link.NewFixed(1), link.NewUniform(0, 1), value.Object{ID: 1}, value.Object{ID: 2},
	} {
		l := newLab(t, sim.Config{}, "n1")
		l.Node("n1").Record(value.ClassCall, "x", value.Fields{{Name: "v", Value: v}})
		if other, twice := seen[l.Digest()]; twice {
			t.Errorf("%#v and %#v have one digest", v, other)
		}
		seen[l.Digest()] = v
	}
}
