package pcap

import (
	"testing"

	"github.com/netlab-dev/netlab/lab/result"
)

func TestEveryRunHasANetworkOfItsOwn(t *testing.T) {
	first := firstAddress
	for i, want := range []string{"10.0.1.1", "10.0.2.1", "10.0.3.1", "10.0.5.1"} {
		told := &result.Run{Story: &result.Story{}}
		for n := range []int{0, 3, 255, 256}[i] {
			told.Story.Nodes = append(told.Story.Nodes, string(rune(0x4E00+n)))
		}
		r, err := newRun(told, first)
		if err != nil {
			t.Fatal(err)
		}
		if first = r.behind(); first.String() != want {
			t.Errorf("behind %d nodes comes %s, want %s", len(r.nodes), first, want)
		}
	}
}

func TestAddressesEnd(t *testing.T) {
	told := &result.Run{Experiment: result.Experiment{ID: "test_x", Engine: "sim"}, Story: &result.Story{Nodes: []string{"a", "b"}}}
	if _, err := newRun(told, lastAddress-1); err != nil {
		t.Error(err)
	}
	_, err := newRun(told, lastAddress)
	if want := "test_x sim seed 0: 2 nodes from address 10.255.255.254 on: the addresses end at 10.255.255.254"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
