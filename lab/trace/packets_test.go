package trace

import (
	"fmt"
	"testing"

	"github.com/netlab-dev/netlab/sdk/network"
)

func TestTheLatestPacketsAreKept(t *testing.T) {
	var s Packets
	for i := range maxPackets + 3 {
		head := []byte(fmt.Sprint(i))
		s.Add(&network.Packet{Number: uint64(i), Head: head})
		clear(head)
	}
	list, left := s.All()
	if len(list) != maxPackets || left != 3 {
		t.Fatalf("kept %d, %d left out", len(list), left)
	}
	for i, p := range list {
		if want := i + 3; p.Number != uint64(want) || string(p.Head) != fmt.Sprint(want) {
			t.Fatalf("at %d: packet %d with head %q", i, p.Number, p.Head)
		}
	}
	s.Add(&network.Packet{Head: []byte("x")}) // the network of live goes on while a story is made
	if got := string(list[0].Head); got != "3" {
		t.Errorf("a head that was returned has become %q", got)
	}
}
