package engine

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/clock"
	"github.com/netlab-dev/netlab/sdk/link"
)

func clockSteps(steps []step) (lines []string) {
	for _, s := range steps {
		if s.verb == setClock {
			lines = append(lines, fmt.Sprintf("%s %v %v", s.node.name, s.speed, s.offset))
		}
	}
	return lines
}

func TestFaultsOfOneClockMultiplyTheirSpeedsAndAddTheirOffsets(t *testing.T) {
	top := four(t)
	for i, stage := range []struct {
		change Change
		want   []string
	}{
		{SetClock{1, "n1", 2, time.Hour}, []string{"n1 2 1h0m0s"}},
		{SetClock{2, "n1", 0.25, -time.Minute}, []string{"n1 0.5 59m0s"}},
		{SetClock{2, "n2", 3, 0}, []string{"n2 3 0s"}},
		{SetClock{3, "n3", 1, time.Second}, []string{"n3 1 1s"}}, // crashed: it goes on all the same
		{Heal{2}, []string{"n1 2 1h0m0s", "n2 1 0s"}},
		{Heal{2}, nil},
		{Heal{1}, []string{"n1 1 0s"}},
	} {
		if diff := cmp.Diff(stage.want, clockSteps(mustApply(t, top, stage.change))); diff != "" {
			t.Errorf("stage %d, %+v: %s", i+1, stage.change, diff)
		}
	}
}

func TestClocksAreSetAfterLinksAndBeforeNodesOfTheSameInstant(t *testing.T) {
	steps := mustApply(t, four(t), Restart{Node: "n3"}, SetClock{1, "n3", 2, 0}, Cut{2, []Pair{{"n1", "n2"}}})
	linksFirst(steps)
	var verbs []verb
	for _, s := range steps {
		verbs = append(verbs, s.verb)
	}
	if diff := cmp.Diff([]verb{addEffect, setClock, startNode}, verbs); diff != "" {
		t.Error(diff)
	}
}

func TestNoHealCanBringAClockOutOfItsRange(t *testing.T) {
	hint := "the speeds of all faults of one clock multiply, their offsets add up: heal one first"
	fast, slow := SetClock{1, "n1", 50, 0}, SetClock{2, "n1", 0.1, 0}
	ahead := SetClock{3, "n1", 1, clock.MaxOffset - time.Hour}
	for _, c := range []struct {
		changes    []Change
		text, hint string
	}{
		{[]Change{SetClock{1, "n9", 1, 0}}, `clock n9: no node "n9"`, "nodes are n1, n2, n3, n4"},
		{[]Change{SetClock{1, "n1", 0, 0}}, "clock n1: speed is 0, want 0.01 to 100", ""},
		{[]Change{fast, slow, SetClock{4, "n1", 4, 0}},
			"clock n1: with the faults in force its speed can come to 200, want at most 100", hint},
		{[]Change{fast, slow, SetClock{4, "n1", 0.05, 0}},
			"clock n1: with the faults in force its speed can come to 0.005, want at least 0.01", hint},
		{[]Change{ahead, SetClock{4, "n1", 1, 2 * time.Hour}},
			"clock n1: with the faults in force its offset can come to more than 100 years", hint},
	} {
		_, err := four(t).apply(c.changes)
		if diff := cmp.Diff(&trouble.Error{Text: c.text, Hint: c.hint}, err); diff != "" {
			t.Errorf("%+v: %s", c.changes, diff)
		}
	}
	for _, changes := range [][]Change{
		{fast, Heal{1}, SetClock{4, "n1", 100, 0}},
		{fast, SetClock{4, "n2", 100, 0}, slow, SetClock{5, "n1", 0.1, 0}},
		{ahead, SetClock{4, "n1", 1, -clock.MaxOffset}},
	} {
		if _, err := four(t).apply(changes); err != nil {
			t.Errorf("%+v: %v", changes, err)
		}
	}
}

func TestBurstsAndIndependentLossTakeEachOthersPlace(t *testing.T) {
	top := four(t)
	pair := Pair{"n1", "n2"}
	burst := link.Burst{Bad: 0.1, Good: 0.5, Loss: 1, Slot: time.Second}
	profile := func(change Change) (p link.Profile) {
		for _, s := range mustApply(t, top, change) {
			if s.verb == setProfile {
				p = s.profile
			}
		}
		return p
	}
	for i, stage := range []struct {
		change Change
		want   link.Profile
	}{
		{SetLink{1, []Pair{pair}, Patch{"loss": 0.5}}, link.Profile{Loss: 0.5}},
		{SetLink{2, []Pair{pair}, Patch{"loss": burst}}, link.Profile{Burst: burst}},
		{SetDefault{Patch{"loss": 0.1}}, link.Profile{Burst: burst}},
		{SetLink{3, []Pair{pair}, Patch{"loss": 0.0}}, link.Profile{}},
		{Heal{3}, link.Profile{Burst: burst}},
		{Heal{2}, link.Profile{Loss: 0.5}},
	} {
		if diff := cmp.Diff(stage.want, profile(stage.change)); diff != "" {
			t.Errorf("stage %d: %s", i+1, diff)
		}
	}
}
