package spell

import (
	"strings"
	"testing"
)

func TestTheNearestNameIsOffered(t *testing.T) {
	known := []string{"raft", "client", "tcp-echo", "n1", "n2", "node10", "tap", "a", "tcp-echo-old", strings.Repeat("raft", 20_000_000)}
	for _, c := range []struct{ name, want string }{
		{"rfat", "raft"},
		{"rect", "raft"},
		{"Rect", "raft"},
		{"lift", ""},
		{"cleint", "client"},
		{"Client", "client"},
		{"tcp_echo", "tcp-echo"},
		{"n4", ""},
		{"node11", ""},
		{"nod10", "node10"},
		{"balancer", ""},
		{"tcp", "tcp-echo"},
		{"CLI", "client"},
		{"nod", "node10"},
		{"c", ""},
		{"cl", ""},
		{"", ""},
		{strings.Repeat("a", 60_000_000), ""},
		{"ra" + strings.Repeat("f", 60_000_000) + "t", ""},
	} {
		if got := Nearest(c.name, known); got != c.want {
			t.Errorf("%.100q: offered %q, want %q", c.name, got, c.want)
		}
	}
}
