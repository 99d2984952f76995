package raft

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/netlab-dev/netlab/plugins/raft/kv"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sim"
)

// isUnknown tells what a script would be told of an error.
func isUnknown(err error) bool {
	return err != nil && (errors.Is(err, sdk.ErrStopped) || fmt.Sprintf("%T", err) == fmt.Sprintf("%T", sdk.Unknown(err)))
}

// client adds a node of the kind raft-client that knows the whole cluster.
func (w *world) client(name string) *Client {
	w.t.Helper()
	c := newClient()
	c.Retry = 200 * time.Millisecond
	for _, server := range w.names {
		c.Servers = append(c.Servers, sdk.MakeAddr(server, 7000))
	}
	w.run(name, c.Run)
	w.pass(0)
	return c
}

// run adds a node with a component of the test's own.
func (w *world) run(name string, component func(sdk.Env) error) {
	w.t.Helper()
	node, err := w.Add(name, nil)
	if err == nil {
		err = node.Start(component)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// operate calls a method of a client.
func operate[T any](w *world, name string, method func(sdk.Env) (T, error)) *reply[T] {
	r := &reply[T]{}
	w.Node(name).Call(func(e sdk.Env) {
		r.value, r.err = method(e)
	}, func(stopped bool) { r.done, r.stopped = true, stopped })
	return r
}

// finish lets time pass until an operation is done.
func finish[T any](w *world, r *reply[T]) (T, error) {
	w.t.Helper()
	w.Run(w.Now()+20*time.Second, func() bool { return r.done })
	w.collect()
	if !r.done || r.stopped {
		w.t.Fatalf("an operation has not ended: %+v", r)
	}
	return r.value, r.err
}

// outcome is what a client has heard of a command. An operation whose outcome is unknown lasts for ever.
type outcome struct {
	kv.Result
	unknown bool
}

// operations are what the clients of one world have done. One task runs at a time: it needs no lock.
type operations []porcupine.Operation

// work makes one client do so many random operations on few keys, as fast as it can.
func (h *operations) work(c *Client, e sdk.Env, client, count int, mode string, rng *rand.Rand) {
	seen := kv.Value{}
	for i := range count {
		key := string(rune('a' + rng.IntN(3)))
		fresh := kv.Integer(int64(client+1)*1_000_000 + int64(i)*1000) // no two puts are alike
		command := kv.Command{Key: key, Old: seen, New: fresh, By: int64(1 + rng.IntN(3))}
		command.Op = []kv.Op{kv.Get, kv.Put, kv.Cas, kv.Incr, kv.Incr}[rng.IntN(5)]
		op := porcupine.Operation{ClientId: client, Input: command, Call: e.Now().UnixNano()}
		result, err := c.do(e, command, mode)
		if err != nil && !isUnknown(err) {
			continue // it has failed, so it must be as if it had never been
		}
		op.Output, op.Return = outcome{result, isUnknown(err)}, e.Now().UnixNano()
		if isUnknown(err) {
			op.Return = math.MaxInt64
		}
		*h = append(*h, op)
		if err == nil && !result.Value.IsNothing() {
			seen = result.Value
		}
		if e.Sleep(time.Duration(rng.IntN(30))*time.Millisecond) != nil {
			return
		}
	}
}

// do carries out a command by the method that scripts call.
func (c *Client) do(e sdk.Env, command kv.Command, mode string) (r kv.Result, err error) {
	switch command.Op {
	case kv.Get:
		held, err := c.get(e, ReadArgs{Key: command.Key, Mode: mode})
		r.Value, _ = kv.ValueOf(held.Value)
		return r, err
	case kv.Put:
		return r, c.put(e, PutArgs{Key: command.Key, Value: command.New.Any()})
	case kv.Cas:
		swap, err := c.cas(e, CasArgs{Key: command.Key, Old: command.Old.Any(), New: command.New.Any()})
		r.Swapped = swap.Swapped
		r.Value, _ = kv.ValueOf(swap.Value)
		return r, err
	}
	sum, err := c.incr(e, IncrArgs{Key: command.Key, By: command.By})
	return kv.Result{Value: kv.Integer(sum.Value)}, err
}

// model is one key of the store, as clients may expect it: written apart from package kv, to judge it.
var model = porcupine.Model{
	Partition: func(all []porcupine.Operation) [][]porcupine.Operation {
		parts := map[string][]porcupine.Operation{}
		for _, op := range all {
			key := op.Input.(kv.Command).Key
			parts[key] = append(parts[key], op)
		}
		var list [][]porcupine.Operation
		for _, part := range parts {
			list = append(list, part)
		}
		return list
	},
	Init: func() any { return any(nil) },
	Step: func(state, input, output any) (bool, any) {
		in, out := input.(kv.Command), output.(outcome)
		told := func(value any) bool { return out.unknown || out.Value.Any() == value }
		switch in.Op {
		case kv.Get:
			return told(state), state
		case kv.Put:
			return true, in.New.Any()
		case kv.Cas:
			if state != in.Old.Any() {
				return (out.unknown || !out.Swapped) && told(state), state
			}
			return (out.unknown || out.Swapped) && told(in.New.Any()), in.New.Any()
		}
		number, _ := state.(int64)
		return told(number + in.By), number + in.By
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%v -> %+v", input, output) },
}

// judge says whether the history is one that a single store without faults could have shown.
func (h operations) judge() porcupine.CheckResult {
	return porcupine.CheckOperationsTimeout(model, h, 20*time.Second)
}

// bad is a link that does all that a network does to datagrams.
func bad(latency time.Duration) link.Profile {
	return link.Profile{
		Latency: link.NewFixed(latency), Jitter: link.NewFixed(latency / 2),
		Loss: 0.05, Duplicate: 0.1, Reorder: 0.1, Corrupt: 0.01,
	}
}

// trouble does harm to a cluster and its clients for a while, and takes it back. Clients are nearer to the servers than
// these to each other: so they come back to a new leader before it has learnt what is committed.
func (w *world) trouble(rounds int, clients []string, rng *rand.Rand) {
	w.t.Helper()
	w.SetDefault(bad(time.Millisecond))
	for _, from := range w.names {
		for _, to := range w.names {
			if err := w.SetProfile(from, to, bad(15*time.Millisecond)); from != to && err != nil {
				w.t.Fatal(err)
			}
		}
	}
	for range rounds {
		w.pass(time.Duration(20+rng.IntN(300)) * time.Millisecond)
		name := w.names[rng.IntN(len(w.names))]
		if lead := w.leader(); lead != "" && rng.IntN(2) == 0 {
			name = lead
		}
		switch action := rng.IntN(10); {
		case action < 2:
			w.isolate(name)
		case action < 4:
			for _, client := range clients[:rng.IntN(len(clients))] {
				w.cut(name, client) // its answers are lost
			}
		case action < 6:
			w.heal()
		case w.Node(name).State() == "running":
			w.Node(name).Crash()
		default:
			w.start(name)
		}
	}
	w.heal()
	for _, name := range w.names {
		if w.Node(name).State() != "running" {
			w.start(name)
		}
	}
}

// storm has clients work while there is trouble, and returns what they have seen.
func storm(t *testing.T, seed uint64, count int, mode string) operations {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	w := newWorld(t, 3+2*rng.IntN(2), sim.Config{Seed: seed}, nil)
	defer w.Close()
	var h operations
	var done []*reply[bool]
	clients := []string{"c1", "c2", "c3", "c4"}
	for i, name := range clients {
		c := w.client(name)
		c.patience, c.Retry = time.Second, time.Duration(10+rng.IntN(200))*time.Millisecond
		own := rand.New(rand.NewPCG(seed, uint64(i)+2))
		done = append(done, operate(w, name, func(e sdk.Env) (bool, error) {
			h.work(c, e, i, count, mode, own)
			return true, nil
		}))
	}
	w.trouble(20, clients, rng)
	for _, d := range done {
		w.Run(w.Now()+5*time.Minute, func() bool { return d.done })
		w.collect()
		if !d.value {
			t.Fatalf("seed %d: a client has not ended", seed)
		}
	}
	w.check()
	return h
}

// The whole promise: whatever the network and the nodes do, clients see one store that does one thing after the other;
// what has failed has not happened, what is unknown may have, once.
func TestWhatClientsSeeIsLinearizable(t *testing.T) {
	unknown, total, seeds := 0, 0, 100
	if testing.Short() {
		seeds = 20
	}
	for seed := range uint64(seeds) {
		h := storm(t, seed, 40, modeLog)
		if verdict := h.judge(); verdict != porcupine.Ok {
			t.Fatalf("seed %d: %s, of %d operations", seed, verdict, len(h))
		}
		for _, op := range h {
			if op.Output.(outcome).unknown {
				unknown++
			}
		}
		total += len(h)
	}
	if total < seeds*4*40/2 || unknown == 0 {
		t.Errorf("%d operations, %d of them unknown: the storms were too strong, or none", total, unknown)
	}
}

// The check has teeth: reads that do not go through the log are found.
func TestStaleReadsAreFoundInStorms(t *testing.T) {
	found := 0
	for seed := range uint64(10) {
		if storm(t, seed, 40, modeStale).judge() == porcupine.Illegal {
			found++
		}
	}
	if found < 8 {
		t.Errorf("stale reads are found in %d of 10 storms", found)
	}
}

// An isolated leader goes on to believe that it leads: who asks it for its own store is told what is over.
func TestAReadOfAnIsolatedLeadersStoreIsStale(t *testing.T) {
	for mode, want := range map[string]porcupine.CheckResult{modeStale: porcupine.Illegal, modeLog: porcupine.Ok} {
		w := newWorld(t, 3, sim.Config{Seed: 1}, nil)
		w.elect()
		writer, reader := w.client("c1"), w.client("c2")
		reader.patience = time.Second
		old := w.leader()
		reader.Servers = []sdk.Addr{sdk.MakeAddr(old, 7000)}
		var h operations
		do := func(c *Client, on string, command kv.Command) {
			w.pass(time.Millisecond) // what touches counts as concurrent
			op := porcupine.Operation{Input: command, Call: int64(w.Now())}
			result, err := finish(w, operate(w, on, func(e sdk.Env) (kv.Result, error) { return c.do(e, command, mode) }))
			if err == nil {
				op.Output, op.Return = outcome{Result: result}, int64(w.Now())
				h = append(h, op)
			}
		}
		do(writer, "c1", kv.Command{Op: kv.Put, Key: "x", New: kv.Text("old")})
		w.isolate(old)
		do(writer, "c1", kv.Command{Op: kv.Put, Key: "x", New: kv.Text("new")})
		do(reader, "c2", kv.Command{Op: kv.Get, Key: "x"})
		if verdict := h.judge(); verdict != want || len(h) < 2 {
			t.Errorf("mode %s: %s, want %s: %+v", mode, verdict, want, h)
		}
	}
}
