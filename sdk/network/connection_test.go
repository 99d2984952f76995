package network

import (
	"slices"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

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

func TestAnEndIsListedUntilItsFinIsAcknowledgedAndTheOthersHasCome(t *testing.T) {
	l := both(t, link.Profile{Latency: link.NewFixed(10 * ms), Rate: link.Mbit})
	listed := func(when string, want ...*End) {
		t.Helper()
		if got := l.Ends("a", "b"); !slices.Equal(got, want) {
			t.Errorf("%s: %d ends are listed, want %d", when, len(got), len(want))
		}
	}
	l.knock()
	listed("before the answer")
	l.pass(15 * ms)
	a, b := l.dial()
	l.pass(20 * ms)
	listed("open", l.a.ends[0], a.end, l.b.ends[0], b.end)
	l.a.ends[0].Drop()
	l.b.ends[0].Drop()

	a.send(20_000) // 160 ms
	a.end.Close()
	l.pass(100 * ms)
	listed("a is closed, its bytes are on their way", a.end, b.end)
	if c := a.end.Connection(); c.Waiting == 0 || c.Waiting == 20_000 {
		t.Errorf("%d bytes wait, want some of 20000", c.Waiting)
	}
	l.pass(time.Second)
	listed("b has yet to close", a.end, b.end)
	b.end.Close()
	l.pass(15 * ms)
	listed("both FINs have come, b's is not acknowledged", b.end)
	l.pass(10 * ms)
	listed("all is over")
}

func TestEndsThatAreOverAreForgotten(t *testing.T) {
	l := both(t, link.Profile{})
	kept, _ := l.dial()
	for range 1000 {
		a, b := l.dial()
		a.end.Close()
		b.end.Close()
		l.pass(time.Second)
	}
	if n := len(l.a.ends) + len(l.b.ends); n > 10 || l.Ends("a", "")[0] != kept.end {
		t.Errorf("%d ends are kept, want few, and the open one", n)
	}
}
