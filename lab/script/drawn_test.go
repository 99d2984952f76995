package script

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/value"
)

// storyOn runs a text on an engine and returns its story.
func storyOn(t *testing.T, eng engine.Engine, kinds *Kinds, text string) *result.Story {
	t.Helper()
	all, err := loadText(t, text).Experiments(nil)
	if err != nil {
		t.Fatal(err)
	}
	r := Run(context.Background(), all[0], eng, RunOptions{Engine: "sim", Kinds: kinds, Story: true, Shown: true})
	if r.Story == nil {
		t.Fatal(textOf(r))
	}
	return r.Story
}

func TestLanesStandInTheOrderOfTheNodesWithTheirNumbers(t *testing.T) {
	w := newWorld()
	w.lanes = []trace.Lane{
		{LaneID: trace.LaneID{Node: "b", Name: "up", Of: "web1"}, Points: []trace.LanePoint{{Value: false}}},
		{LaneID: trace.LaneID{Node: "a", Name: "x"}, Points: []trace.LanePoint{
			{At: 0, Value: int64(3)}, {At: 1, Value: 1500 * time.Millisecond}, {At: 2, Value: "leader"}, {At: 3, Value: true}, {At: 4, Value: 0.5}, {At: 5},
			{At: 6, Value: math.NaN()}, {At: 7, Value: math.Inf(-1)}, // of which JSON knows no numbers
		}},
	}
	s := storyOn(t, w, boxes(t), `
def test_x(lab):
    lab.add("box", name = "a"), lab.add("box", name = "b")
`)
	want := []result.Lane{
		{Node: "a", Name: "x", Points: []result.Point{
			{At: 0, Value: "3", Num: new(3.0)}, {At: 1, Value: "1.5s", Num: new(1.5)}, {At: 2, Value: "leader"}, {At: 3, Value: "True"},
			{At: 4, Value: "0.5", Num: new(0.5)}, {At: 5, Value: "None"},
			{At: 6, Value: "nan"}, {At: 7, Value: "-inf"},
		}},
		{Node: "b", Name: "up", Of: "web1", Points: []result.Point{{Value: "False"}}},
	}
	if diff := cmp.Diff(want, s.Lanes); diff != "" {
		t.Error(diff)
	}
}

func TestAViolationKeepsWhatIsAroundIt(t *testing.T) {
	s := storyOn(t, newStoreWorld(), stores(t), `
def test_x(lab):
    store = lab.add("store")
    store.put("x", 1)
    lab.sleep(1*hour)
    store.put("x", 2, takes = 10*ms)
    store.get("y")
    store.get("x", lie = 1)
    lab.spawn(store.put, "x", 5, takes = 1*hour)
    lab.sleep(1*s)
    check(linearizable(lab.history()).violated)
`)
	if s.History == nil || s.History.Reason == "" {
		t.Fatalf("the story has no history: %+v", s.History)
	}
	var got []string
	for _, o := range s.History.Operations {
		got = append(got, fmt.Sprint(o.Text, " by ", o.Client, " ", o.From, "-", o.To, " ", o.Status, " ", o.Bad))
	}
	want := []string{
		`put("x", 1, 0s, "") by the experiment on store 0s-0s ok true`,
		`put("x", 2, 10ms, "") by the experiment on store 1h0m0s-1h0m0.01s ok true`,
		`get("x", 0s, 1) -> 1 by the experiment on store 1h0m0.01s-1h0m0.01s ok true`,
		`put("x", 5, 1h, "") by task 1 on store 1h0m0.01s-1h0m1.01s unknown false`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestADriveIsDrawn(t *testing.T) {
	h, kinds := builtins(t)
	eng, err := engine.NewSim(h, h.Builtin(), engine.Options{Full: true, Lanes: true, Series: true})
	if err != nil {
		t.Fatal(err)
	}
	s := storyOn(t, eng, kinds, `
def test_x(lab):
    web = lab.add("http-backend", name = "web", service_time = 1*ms)
    r = lab.add("client").drive("http://web:8000/", per_second = 100, duration = 1*s)
    r.between(0*s, 500*ms)
    check(r.requests == 100)
`)
	if len(s.Series) != 1 || s.Series[0].Name != "client: http://web:8000/" || s.Series[0].Node != "client" {
		t.Fatalf("got series %+v", s.Series)
	}
	sum, end := 0, time.Duration(0)
	for _, b := range s.Series[0].Buckets {
		if b.At != end && end > 0 || b.Requests > 0 && (b.P50 < time.Millisecond || b.Max < b.P99 || b.P99 < b.P50) {
			t.Errorf("bucket %+v, the one before ended at %v", b, end)
		}
		sum, end = sum+b.Requests, b.At+b.For
	}
	if all := s.Series[0].All; sum != 100 || all.Requests != 100 || all.For != time.Second || len(s.Series[0].Buckets) != 100 {
		t.Errorf("%d requests in %d buckets, of all %+v", sum, len(s.Series[0].Buckets), all)
	}
}

func TestASeriesOfAnyFormIsNoTrouble(t *testing.T) {
	r := &run{}
	list := make([]any, 3*mostBuckets)
	for _, series := range []any{
		nil, "text", value.Fields{}, value.Fields{{Name: "buckets", Value: "x"}, {Name: "all", Value: true}}, value.Fields{{Name: "buckets", Value: list}},
	} {
		for range mostSeries {
			r.measured(&node{name: "n"}, &engine.Call{Method: "m"}, &engine.Reply{Series: series})
		}
	}
	if len(r.series) != mostSeries || r.series[0].Name != "n: m" {
		t.Errorf("%d series, of %q", len(r.series), r.series[0].Name)
	}
	r.series = nil
	r.measured(&node{name: "n"}, &engine.Call{}, &engine.Reply{Series: value.Fields{{Name: "buckets", Value: list}}})
	if n := len(r.series[0].Buckets); n != mostBuckets {
		t.Errorf("%d buckets, want %d", n, mostBuckets)
	}
	long := value.Fields{{Name: "name", Value: strings.Repeat("x", 1<<20)}}
	r.measured(&node{name: "n"}, &engine.Call{}, &engine.Reply{Series: long})
	if n := len(r.series[1].Name); n > 2*maxSeriesName {
		t.Errorf("a name of %d bytes", n)
	}
}
