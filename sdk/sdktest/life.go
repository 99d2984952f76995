package sdktest

import (
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/value"
)

var names = []string{"n1", "n2", "n3"}

func peers(of string) []string {
	var others []string
	for _, name := range names {
		if name != of {
			others = append(others, name)
		}
	}
	return others
}

// life is what the nodes of a kind go through: everything that can happen to a node, in 10 s of virtual time.
func life(t T, s *session, kind *manifest.Kind, config sdk.Fields, seed uint64) (digest uint64, events []value.Event) {
	b := newBench(t, s, seed)
	for _, name := range names {
		b.Add(name, kind.Name, config, peers(name)...)
	}
	b.Run(2 * time.Second)
	b.Cut("n1", "n2")
	b.Pause("n3")
	b.Run(2 * time.Second)
	b.Heal("n1", "n2")
	b.Resume("n3")
	b.Crash("n1")
	b.Run(2 * time.Second)
	b.Restart("n1")
	b.Reset("n1", "n3")
	b.Run(4 * time.Second)
	b.Crash("n2")
	b.Crash("n2") // a crash of what is down is nothing
	b.Run(0)
	return b.Close(), b.Events()
}

func (s Subject) startsInSim(t T, kind *manifest.Kind) {
	_, events := life(t, s.session(t), kind, s.given(t, kind), 1)
	declared := map[string]bool{}
	for _, e := range kind.Events {
		declared[e.Name] = true
	}
	for _, e := range events {
		if !declared[e.Name] {
			t.Errorf("it emits the event %q, which is not among the kind's Events", e.Name)
			declared[e.Name] = true // once is enough
		}
	}
}

func (s Subject) sameSeed(t T, kind *manifest.Kind) {
	session := s.session(t)
	for seed := range uint64(3) {
		first, events := life(t, session, kind, s.given(t, kind), seed)
		again, eventsAgain := life(t, session, kind, s.given(t, kind), seed)
		if first != again {
			t.Fatalf("seed %d: digests %x and %x: something else than the seed decides; suspects: a range over a map, "+
				"time.Now, a random source other than Env.Rand, a goroutine%s",
				seed, first, again, firstDifference(events, eventsAgain))
		}
	}
}

// defaults starts the kind once with what its manifest gives as defaults, and once without.
func (s Subject) defaults(t T, kind *manifest.Kind) {
	config := s.explicit(t, kind)
	session := s.session(t)
	silent, events := life(t, session, kind, s.given(t, kind), 1)
	said, eventsSaid := life(t, session, kind, config, 1)
	if silent == said {
		return
	}
	if again, _ := life(t, session, kind, s.given(t, kind), 1); again == silent { // else sameSeed has more to say
		t.Errorf("with the defaults of its manifest written out it does something else than without: digests %x and %x%s",
			silent, said, firstDifference(events, eventsSaid))
	}
}

// firstDifference shows the first events in which two runs differ.
func firstDifference(a, b []value.Event) string {
	for i := range max(len(a), len(b)) {
		if first, second := show(a, i), show(b, i); first != second {
			return fmt.Sprintf("\nthe first events that differ:\n  %s\n  %s", first, second)
		}
	}
	return ""
}

func show(events []value.Event, i int) string {
	if i >= len(events) {
		return "no further event"
	}
	e := events[i]
	text := fmt.Sprintf("%v %s %s", e.At, e.Node, e.Name)
	for _, f := range e.Fields {
		text += fmt.Sprintf(" %s=%v", f.Name, f.Value)
	}
	return text
}
