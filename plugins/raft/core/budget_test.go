package core_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/plugins/raft/core"
)

// seeded is a cluster whose timeouts follow a seed.
func seeded(n int, seed uint64) *cluster {
	return newCluster(n, func(cfg *core.Config) {
		rng := rand.New(rand.NewPCG(seed, uint64(cfg.ID)))
		cfg.Timeout = func() time.Duration { return 150*time.Millisecond + time.Duration(rng.Int64N(150e6)) }
	})
}

// elect runs until a leader has committed in its term and every running node knows it.
func (w *cluster) elect(t *testing.T, within time.Duration) *node {
	t.Helper()
	known := func() bool {
		leader := w.leader()
		if leader == nil {
			return false
		}
		for _, n := range w.nodes {
			if n.core == nil || w.cuts[leader.id-1][n.id-1] {
				continue
			}
			if st := n.core.Status(); st.Leader != leader.id || st.Commit < leader.core.Status().Last {
				return false
			}
		}
		return true
	}
	if !w.run(w.now+within, known) {
		t.Fatalf("no leader within %v", within)
	}
	return w.leader()
}

func percentile[T int | time.Duration](values []T, p int) T {
	slices.Sort(values)
	return values[min(len(values)*p/100, len(values)-1)]
}

// The budgets are the 99th percentiles of etcd's raft in the same setting.
func TestAQuietClusterElectsOnceAndCheaply(t *testing.T) {
	for _, tc := range []struct{ nodes, messages int }{{3, 24}, {5, 64}} {
		var took []time.Duration
		var messages []int
		for seed := range uint64(500) {
			w := seeded(tc.nodes, seed)
			leader := w.elect(t, 3*time.Second)
			took, messages = append(took, w.now), append(messages, w.sends)
			term := leader.core.Status().Term
			w.run(w.now+3*time.Second, nil)
			if w.leader() != leader || leader.core.Status().Term != term {
				t.Fatalf("%d nodes, seed %d: the leader changed without need", tc.nodes, seed)
			}
		}
		if got := percentile(took, 99); got > 450*time.Millisecond {
			t.Errorf("%d nodes: leader known after %v at p99, want 450ms", tc.nodes, got)
		}
		if got := percentile(messages, 99); got > tc.messages {
			t.Errorf("%d nodes: %d messages at p99, want at most %d", tc.nodes, got, tc.messages)
		}
	}
}

func TestAnIdleClusterOnlyBeats(t *testing.T) {
	for _, n := range []int{3, 5} {
		w := seeded(n, 1)
		leader := w.elect(t, 3*time.Second)
		term, sends, syncs := leader.core.Status().Term, w.sends, w.syncs
		w.run(w.now+time.Minute, nil)
		if got, want := w.sends-sends, 2*(n-1)*20*60; got > want {
			t.Errorf("%d nodes: %d messages in an idle minute, want at most %d", n, got, want)
		}
		if w.leader().core.Status().Term != term || w.syncs != syncs {
			t.Errorf("%d nodes: term %d became %d, %d writes", n, term, w.leader().core.Status().Term, w.syncs-syncs)
		}
	}
}

// Each command goes to each follower once, and a commit costs an append, its answer, the news and its answer.
func TestSerialProposalsCostWhatTheyMust(t *testing.T) {
	for _, n := range []int{3, 5} {
		w := seeded(n, 2)
		leader := w.elect(t, 3*time.Second)
		bytes := 0
		w.fate = func(m core.Message) []time.Duration {
			for _, e := range m.Entries {
				bytes += len(e.Data)
			}
			return []time.Duration{5 * time.Millisecond}
		}
		sends := w.sends
		const commands, size = 20, 5000
		for i := range commands {
			w.propose(leader, fmt.Sprintf("%d %s", i, strings.Repeat("x", size)))
			index := leader.core.Status().Last
			if !w.run(w.now+time.Second, func() bool { return leader.core.Status().Commit == index }) {
				t.Fatalf("command %d is not committed", i)
			}
			w.run(w.now+10*time.Millisecond, nil)
		}
		if limit := commands * (size + 3) * (n - 1) * 105 / 100; bytes > limit {
			t.Errorf("%d nodes: %d bytes of entries sent, want at most %d", n, bytes, limit)
		}
		if got := w.sends - sends; got > commands*4*(n-1) {
			t.Errorf("%d nodes: %d messages for %d commits, want at most %d each", n, got, commands, 4*(n-1))
		}
	}
}

// With many proposals at once, one message carries many entries.
func TestConcurrentProposalsShareMessages(t *testing.T) {
	w := seeded(3, 3)
	leader := w.elect(t, 3*time.Second)
	sends := w.sends
	const commands, outstanding = 2000, 64
	offered := 0
	enough := func() bool {
		for offered < commands && offered-len(leader.outcomes) < outstanding {
			offered++
			w.propose(leader, fmt.Sprint("command ", offered))
		}
		return len(leader.outcomes) == commands
	}
	enough()
	if !w.run(w.now+time.Minute, enough) {
		t.Fatalf("%d of %d commands resolved", len(leader.outcomes), commands)
	}
	if got := w.sends - sends; got > 2*commands {
		t.Errorf("%d messages for %d commits, want at most 2 each", got, commands)
	}
}

// 20 rounds in which three of seven nodes are cut off: the other four always have a leader that commits.
func TestEveryMajorityElectsALeader(t *testing.T) {
	w := seeded(7, 4)
	rng := rand.New(rand.NewPCG(4, 4))
	for round := range 20 {
		cut := rng.Perm(7)[:3]
		for _, i := range cut {
			w.isolate(core.ID(i+1), true)
		}
		committed := func() bool {
			leader := w.leader()
			return leader != nil && !slices.Contains(cut, int(leader.id-1)) && leader.core.Status().Commit > 0 &&
				leader.core.Status().Commit == leader.core.Status().Last
		}
		if !w.run(w.now+5*time.Second, committed) {
			t.Fatalf("round %d without %v: no leader that commits", round, cut)
		}
		w.heal()
		w.elect(t, 5*time.Second)
	}
}

// Crashes take whatever was unsynced; sets of nodes go down in turn so that successive majorities share one node only.
// Everything acknowledged survives (the oracle of each step watches).
func TestAcknowledgedCommandsSurviveRotatingCrashes(t *testing.T) {
	w := seeded(5, 5)
	leader := w.elect(t, 3*time.Second)
	for round := range 25 {
		w.propose(leader, fmt.Sprintf("round %d first", round), fmt.Sprintf("round %d second", round))
		w.run(w.now+8*time.Millisecond, nil)
		for i := range 3 {
			if n := w.nodes[(round+i)%5]; n.core != nil {
				w.crash(n, 0)
			}
		}
		for i := range 3 {
			w.start(w.nodes[(round+2+i)%5])
			if round%2 == 0 {
				w.run(w.now+100*time.Millisecond, nil)
			}
		}
		leader = w.elect(t, 5*time.Second)
		for command, acked := range w.oracle.acked {
			if index := w.oracle.landed[command]; acked && index > leader.core.Status().Last {
				t.Fatalf("round %d: %q at %d is missing", round, command, index)
			}
		}
	}
}
