package trace

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk/value"
)

func event(at time.Duration, node string, seq uint64, name string, fields ...value.Field) value.Event {
	return value.Event{At: at, Node: node, Seq: seq, Name: name, Fields: fields}
}

func names(events []value.Event) (names []string) {
	for _, e := range events {
		names = append(names, e.Name)
	}
	return names
}

func TestEventsComeInOrderOfTimeNodeAndNumber(t *testing.T) {
	var s Store
	s.Add(event(5, "b", 1, "third"), event(5, "a", 2, "second"), event(9, "a", 4, "fifth"))
	s.Add(event(5, "a", 1, "first"))
	if diff := cmp.Diff([]string{"first", "second", "third", "fifth"}, names(s.Select(Filter{}))); diff != "" {
		t.Error(diff)
	}
	s.Add(event(9, "a", 3, "fourth"), event(10, "a", 5, "sixth"))
	if diff := cmp.Diff([]string{"fourth", "fifth", "sixth"}, names(s.Select(Filter{Since: 6}))); diff != "" {
		t.Error(diff)
	}
}

func TestAStoreThatIsBoundedKeepsTheLatest(t *testing.T) {
	s := Store{Recent: 10}
	for i := range 1000 {
		s.Add(value.Event{At: time.Duration(i), Node: "n1", Seq: uint64(i)})
		if s.Len() > 20 {
			t.Fatalf("%d events are kept, want about 10", s.Len())
		}
	}
	events := s.Select(Filter{})
	if len(events) < 10 || events[len(events)-1].At != 999 || events[0].At != time.Duration(1000-len(events)) {
		t.Errorf("kept %v", events)
	}
}

func TestFilterSelectsByEveryFieldGiven(t *testing.T) {
	var s Store
	term := func(n int64) value.Field { return value.Field{Name: "term", Value: n} }
	s.Add(event(1, "n1", 1, "became_leader", term(1)), event(2, "n2", 1, "became_leader", term(2)),
		event(3, "n2", 2, "voted", term(2)), value.Event{At: 4, Node: "n2", Seq: 3, Class: value.ClassFault, Name: "crashed"})
	tests := []struct {
		filter Filter
		want   []time.Duration
	}{
		{Filter{}, []time.Duration{1, 2, 3}},
		{Filter{All: true}, []time.Duration{1, 2, 3, 4}},
		{Filter{Name: "became_leader"}, []time.Duration{1, 2}},
		{Filter{Node: "n2"}, []time.Duration{2, 3}},
		{Filter{Since: 2, Name: "became_leader"}, []time.Duration{2}},
		{Filter{Fields: value.Fields{term(2)}}, []time.Duration{2, 3}},
		{Filter{Fields: value.Fields{{Name: "term", Value: 2.0}}}, []time.Duration{2, 3}},
		{Filter{Fields: value.Fields{{Name: "vote", Value: int64(2)}}}, nil},
	}
	for _, tt := range tests {
		var got []time.Duration
		for _, e := range s.Select(tt.filter) {
			got = append(got, e.At)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%+v: %s", tt.filter, diff)
		}
	}
}

func TestEqualComparesContentsAndNeverPanics(t *testing.T) {
	list := func(v ...any) []any { return v }
	tests := []struct {
		a, b any
		want bool
	}{
		{[]byte("x"), []byte("x"), true},
		{[]byte("x"), "x", false},
		{"x", []byte("x"), false},
		{list(int64(1), "a"), list(int64(1), "a"), true},
		{list(int64(1)), list(int64(2)), false},
		{list(), value.Fields{}, false},
		{value.Fields{{Name: "a", Value: []byte("1")}}, value.Fields{{Name: "a", Value: []byte("1")}}, true},
		{value.Node("n1"), "n1", true},
		{value.Addr("n1:80"), "n1:80", true},
		{int64(1<<53 + 1), float64(1 << 53), false},
		{int64(1), time.Duration(1), false},
		{nil, nil, true},
		{nil, false, false},
	}
	for _, tt := range tests {
		if got := value.Equal(tt.a, tt.b); got != tt.want {
			t.Errorf("Equal(%#v, %#v) = %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}
