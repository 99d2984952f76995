package plot

import (
	"slices"
	"strings"
	"testing"

	"github.com/netlab-dev/netlab/lab/result"
)

func TestAFaultIsShownWhereItStandsOut(t *testing.T) {
	both := func(pairs ...string) (links [][2]string) {
		for _, p := range pairs {
			links = append(links, [2]string{p[:1], p[1:]}, [2]string{p[1:], p[:1]})
		}
		return links
	}
	tests := []struct {
		name  string
		links [][2]string
		want  string
	}{
		{"an isolated node", both("ab", "ac", "ad"), "a"},
		{"the smaller side of a partition", both("ac", "ad", "ae", "bc", "bd", "be"), "a b"},
		{"one link, both its ends", both("ab"), "a b"},
		{"one direction", [][2]string{{"a", "b"}}, "a b"},
		{"none", nil, ""},
	}
	for _, tt := range tests {
		got := Shaded(result.Span{Links: tt.links})
		slices.Sort(got)
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
	lanes := []result.Lane{{Node: "a", Name: "up", Points: []result.Point{{Value: "True"}}}, {Node: "b", Name: "up", Points: []result.Point{{Value: "False"}}}}
	s := &result.Story{Nodes: []string{"a", "b", "c"}, Lanes: lanes, Spans: []result.Span{{Text: "isolate a", Links: both("ab", "ac"), From: ms, To: 2 * ms}}}
	if n := strings.Count(Lanes(s, View{To: 9 * ms}), `class="shade"`); n != 1 {
		t.Errorf("%d rows are shaded, want that of a", n)
	}
}
