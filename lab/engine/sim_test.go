package engine_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// gamble is a run whose course depends on its seed: datagrams over a link that loses and delays.
func gamble(t testing.TB, h *host.Host, seed uint64) (engine.Summary, []value.Event) {
	t.Helper()
	e, err := engine.NewSim(h, h.Builtin(), engine.Options{Seed: seed, Full: true})
	if err != nil {
		t.Fatal(err)
	}
	s := stageOf(t, e, false)
	s.add("probe", nil, "n1", "n2")
	s.links("n1", "n2", engine.Patch{
		"loss":    0.3,
		"latency": link.Draw{Distribution: link.Uniform, A: time.Millisecond, B: 9 * time.Millisecond},
	})
	s.want("", "n1", "bind", "port", 9000)
	s.want("", "n2", "bind", "port", 9001)
	for range 5 {
		s.want("", "n2", "send", "port", 9001, "to", value.Addr("n1:9000"), "size", 100, "times", 10)
		s.call("n1", "count", "port", 9000, "most", 10, "within", 100*time.Millisecond)
	}
	events := s.Events(trace.Filter{All: true})
	return s.close(), events
}

func TestTheSameSeedGivesTheSameRunAlsoBesideOthers(t *testing.T) {
	h := newHost(t)
	const worlds = 16
	var summaries [worlds]engine.Summary
	var events [worlds][]value.Event
	var running sync.WaitGroup
	for i := range worlds {
		running.Go(func() { summaries[i], events[i] = gamble(t, h, uint64(i%2)) })
	}
	running.Wait()
	for i := 2; i < worlds; i++ {
		if diff := cmp.Diff(summaries[i%2], summaries[i]); diff != "" {
			t.Errorf("seed %d: %s", i%2, diff)
		}
		if diff := cmp.Diff(events[i%2], events[i]); diff != "" {
			t.Errorf("seed %d: %s", i%2, diff)
		}
	}
	if summaries[0].Digest == summaries[1].Digest || summaries[0].Digest == 0 {
		t.Errorf("digests of two seeds: %x and %x", summaries[0].Digest, summaries[1].Digest)
	}
}

func TestARunWithNothingLeftToHappenSaysWhatItsTasksWaitFor(t *testing.T) {
	s := newStage(t, newHost(t), false)
	s.add("probe", nil, "n1")
	p, err := s.Run(time.Hour, engine.Wake{})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Waiting) != 1 || p.Waiting[0].Node != "n1" || p.Waiting[0].What == "" {
		t.Errorf("waiting: %+v, want the one task of n1", p.Waiting)
	}
}

// TestAskingAheadChangesNothing runs a cluster that is polled, with its whole trace (then nothing is asked ahead) and
// without: answers and digest must be the same, also around a crash in the instant of a look.
func TestAskingAheadChangesNothing(t *testing.T) {
	h := newHost(t)
	poll := func(full bool) (seen []engine.Reply, summary engine.Summary) {
		e, err := engine.NewSim(h, h.Builtin(), engine.Options{Seed: 7, Full: full})
		if err != nil {
			t.Fatal(err)
		}
		s := stageOf(t, e, false)
		nodes := []string{"n1", "n2", "n3"}
		s.add("raft", nil, nodes...)
		for look := range 100 {
			for _, node := range nodes {
				if look == 50 && node == "n2" {
					s.do(engine.Crash{Node: "n1"})
				}
				if look == 70 && node == "n2" {
					s.do(engine.Pause{Node: "n3"})
				}
				id := e.Call(engine.Call{Node: node, Method: "status"})
				progress, err := e.Run(e.Now()+time.Millisecond, engine.Wake{Calls: []engine.ID{id}})
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range progress.Replies {
					r.Call = 0
					seen = append(seen, r)
				}
			}
			if _, err := e.Run(e.Now()+10*time.Millisecond, engine.Wake{}); err != nil {
				t.Fatal(err)
			}
		}
		return seen, s.close()
	}
	seenFull, summaryFull := poll(true)
	seen, summary := poll(false)
	if diff := cmp.Diff(seenFull, seen); diff != "" {
		t.Error(diff)
	}
	if summaryFull.Digest != summary.Digest {
		t.Errorf("digest %x, with the whole trace %x", summary.Digest, summaryFull.Digest)
	}
	if len(seen) < 250 {
		t.Errorf("only %d answers", len(seen))
	}
}
