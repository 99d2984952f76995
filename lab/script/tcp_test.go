package script

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/sdk/network"
)

// twoEnds is what an engine tells of a connection: one end in the model, the other one past it.
var twoEnds = []network.Connection{
	{Src: "b1", Dst: "b2", Port: 80, Dialled: true, Modelled: true, Cwnd: 10, RTT: 20 * time.Millisecond, Retransmits: 1, Acked: 5, Waiting: 7, Unread: 3},
	{Src: "b2", Dst: "b1", Port: 80},
}

func TestAConnectionSaysNoneWhereTheNetworkDoesNotModelIt(t *testing.T) {
	w := newWorld()
	w.connections = twoEnds
	r := runText(t, w, `def test_x(lab):
    b1, b2 = lab.add("box", name = "b", count = 2)
    there, back = lab.connections(b1, "b2")
    check(there.src == b1 and there.dst == b2 and there.port == 80 and there.dialled)
    check((there.cwnd, there.rtt, there.retransmits, there.acked, there.waiting, there.unread) == (10, 20*ms, 1, 5, 7, 3))
    check(back.src == b2 and not back.dialled)
    check([back.cwnd, back.rtt, back.retransmits, back.acked, back.waiting, back.unread] == [None] * 6)
`)
	if r.Outcome != result.Passed {
		t.Error(textOf(r))
	}
}

func TestConnectionsAreShownToACommand(t *testing.T) {
	w := newWorld()
	r := &run{engine: w, byName: map[string]*node{"b1": {name: "b1"}, "b2": {name: "b2"}}}
	show := func(words ...string) string {
		text, err := r.state(append([]string{"connections"}, words...))
		if err != nil {
			return "error: " + err.Error()
		}
		return text
	}
	none := show()
	w.connections = twoEnds
	got := []string{none, show("b1"), show("a=b1", "b=b2")[:8]}
	want := []string{"no connection is open\n", `b1 -> b2:80  cwnd=10  rtt=20ms  retransmits=1  acked=5  waiting=7  unread=3
b2:80 -> b1  over ideal links
`, "b1 -> b2"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
