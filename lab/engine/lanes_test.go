package engine_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/value"
)

// drawn tells a story in which what a probe has open changes.
func drawn(t *testing.T, live bool, o engine.Options) (*stage, any) {
	e, err := open(newHost(t), live, o)
	if err != nil {
		t.Fatal(err)
	}
	s := stageOf(t, e, live)
	t.Cleanup(func() { s.close() })
	s.add("probe", nil, "n1", "n2")
	s.pass(100 * time.Millisecond)
	s.want("", "n1", "listen", "port", 8000)
	s.want("", "n1", "put", "file", "f", "data", "x")
	token := s.end(s.begin("n1", "token", args{}))
	s.pass(100 * time.Millisecond)
	s.do(engine.Crash{Node: "n1"})
	s.pass(100 * time.Millisecond)
	return s, token.Series
}

func TestWhatKindsWantDrawnIsRecordedInBothEngines(t *testing.T) {
	for _, live := range []bool{false, true} {
		s, series := drawn(t, live, engine.Options{Seed: seed, Lanes: true, Series: true})
		got := map[trace.LaneID][]any{}
		lanes, _ := s.Lanes()
		for _, l := range lanes {
			for i, p := range l.Points {
				got[l.LaneID] = append(got[l.LaneID], p.Value)
				if i > 0 && p.At <= l.Points[i-1].At {
					t.Errorf("%v: %v comes after %v", l.LaneID, p, l.Points[i-1])
				}
			}
		}
		want := map[trace.LaneID][]any{
			{Node: "n1", Name: "files"}:            {int64(0), int64(1), nil},
			{Node: "n1", Name: "open", Of: "8000"}: {true, nil},
			{Node: "n2", Name: "files"}:            {int64(0)},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("live %v (-want +got):\n%s", live, diff)
		}
		fields, _ := series.(value.Fields)
		if name := fields.Get("name"); name != "of n1" {
			t.Errorf("live %v: the series of the token is %v", live, series)
		}
	}
}

func TestPicturesChangeNothingOfARun(t *testing.T) {
	plain, none := drawn(t, false, engine.Options{Seed: seed})
	seen, _ := drawn(t, false, engine.Options{Seed: seed, Lanes: true, Series: true})
	if lanes, missing := plain.Lanes(); len(lanes)+len(missing) > 0 || none != nil {
		t.Errorf("nobody has asked for %v, %v and %v", lanes, missing, none)
	}
	a, b := plain.close(), seen.close()
	if a.Digest != b.Digest || a.Steps != b.Steps || a.Account.Parting(b.Account) != nil {
		t.Errorf("digests %x and %x, steps %d and %d, parting %+v", a.Digest, b.Digest, a.Steps, b.Steps, a.Account.Parting(b.Account))
	}
}
