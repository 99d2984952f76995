package engine_test

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/value"
)

func TestAnEventBetweenTwoRunsEndsTheNext(t *testing.T) {
	s := newStage(t, newHost(t), true)
	s.add("probe", nil, "n1")
	s.pass(10 * time.Millisecond)
	s.begin("n1", "alarm", args{"d", 30 * time.Millisecond})
	s.run(s.Now())
	for len(s.Events(trace.Filter{Name: "alarmed"})) == 0 { // the script looks, and no run is under way
	}
	start := s.Now()
	at, woken := s.until(start+patience, engine.EventWake{Name: "alarmed"})
	if len(woken) != 1 || at-start > patience/2 {
		t.Errorf("woken by %v after %v, want the event of before", woken, at-start)
	}
}

// talk is a world in which n1 sends messages, of which nobody takes any but the lab.
func talk(t *testing.T, h *host.Host, times int, o engine.Options) (engine.Summary, int) {
	t.Helper()
	o.Seed = 1
	e, err := engine.NewSim(h, h.Builtin(), o)
	if err != nil {
		t.Fatal(err)
	}
	s := stageOf(t, e, false)
	s.add("timekeeper", nil, "n1", "n2")
	s.call("n1", "say", "to", value.MakeAddr("n2", timekeeperPort), "type", "vote", "times", times)
	s.pass(time.Second)
	sent, err := e.Messages(trace.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	return s.close(), len(sent)
}

func TestRecordingMessagesChangesNoDigest(t *testing.T) {
	h := newHost(t)
	without, none := talk(t, h, 3, engine.Options{})
	with, three := talk(t, h, 3, engine.Options{Messages: true})
	full, _ := talk(t, h, 3, engine.Options{Messages: true, Full: true})
	if none != 0 || three != 3 {
		t.Errorf("%d messages recorded without being asked for, and %d of 3 when asked for", none, three)
	}
	if without.Digest != with.Digest || without.Digest != full.Digest {
		t.Errorf("digest %x, with messages %x, with the whole trace %x", without.Digest, with.Digest, full.Digest)
	}
}

func TestATurnOfVeryManyEventsBringsAllOfThemInOneRun(t *testing.T) {
	const times = 25_000
	_, sent := talk(t, newHost(t), times, engine.Options{Messages: true})
	if sent != times {
		t.Errorf("%d of %d messages are recorded", sent, times)
	}
}

func TestAFaultOfAClockIsInTheDigest(t *testing.T) {
	h := newHost(t)
	digest := func(speed float64) uint64 {
		e, err := engine.NewSim(h, h.Builtin(), engine.Options{Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		s := stageOf(t, e, false)
		s.add("mute", nil, "n1")
		if speed != 0 {
			s.clock("n1", speed, 0)
		}
		s.pass(time.Second)
		return s.close().Digest
	}
	if none, one, two := digest(0), digest(1), digest(2); none == one || one == two || none == two {
		t.Errorf("digests %x, %x and %x of three clocks", none, one, two)
	}
}
