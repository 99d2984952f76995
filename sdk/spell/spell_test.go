package spell

import "testing"

func TestTheNearestNameIsOffered(t *testing.T) {
	known := []string{"raft", "client", "tcp-echo", "n1", "n2", "node10"}
	for _, c := range []struct{ name, want string }{
		{"rfat", "raft"},
		{"cleint", "client"},
		{"Client", "client"},
		{"tcp_echo", "tcp-echo"},
		{"n4", ""},
		{"node11", ""},
		{"nod10", "node10"},
		{"balancer", ""},
		{"", ""},
	} {
		if got := Nearest(c.name, known); got != c.want {
			t.Errorf("%q: offered %q, want %q", c.name, got, c.want)
		}
	}
}
