package plot

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/result"
)

func TestAValueHasOneColourInEveryPicture(t *testing.T) {
	story := func(values ...string) *result.Story {
		l := result.Lane{Node: "n1", Name: "role"}
		for i, v := range values {
			l.Points = append(l.Points, result.Point{At: time.Duration(i*i) * ms, Value: v})
		}
		return &result.Story{Lanes: []result.Lane{l}}
	}
	first := Tones(story("candidate", "leader", "follower", "witness", "None", "leader"), "role")
	if first["follower"] != 0 || first["leader"] != 1 || first["candidate"] != 2 || first["witness"] == 0 || len(first) != 4 {
		t.Error(first)
	}
	if diff := cmp.Diff(first, Tones(story("witness", "follower", "leader", "candidate"), "role")); diff != "" {
		t.Errorf("in another order: %s", diff)
	}
	used := map[int]bool{}
	for _, tone := range Tones(story("a", "b", "c", "d", "e"), "role") {
		used[tone] = true
	}
	if len(used) != strongTones {
		t.Errorf("five values have %d colours", len(used))
	}
	if many := Tones(story(strings.Split("abcdefghijklmnop", "")...), "role"); len(many) != 16 {
		t.Errorf("%d of 16 values have a colour", len(many))
	}
}
