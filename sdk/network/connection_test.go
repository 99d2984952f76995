package network

import "testing"

func TestConnectionsOfANodeWithAnother(t *testing.T) {
	c := Connection{Src: "a", Dst: "b"}
	for _, test := range []struct {
		a, b string
		want bool
	}{{"", "", true}, {"a", "", true}, {"", "a", true}, {"b", "a", true}, {"a", "b", true}, {"a", "a", false}, {"c", "", false}} {
		if got := c.Between(test.a, test.b); got != test.want {
			t.Errorf("a connection of a with b is one of %q with %q: %v, want %v", test.a, test.b, got, test.want)
		}
	}
}
