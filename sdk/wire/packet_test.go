package wire

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/value"
)

func TestAPacketArrivesAsItWasSent(t *testing.T) {
	want := network.Packet{
		Number: 1, Cause: value.Cause{Of: 2, Timer: true}, Kind: "data", From: "a", To: "b", Port: 3, Source: 4, Conn: 5, Back: true,
		Offset: 6, Ack: 7, Window: 8, Fin: true, Again: 9, Size: 10, Head: []byte{11}, Sent: 12, Left: 13, Copies: 1, Why: link.DropMTU,
	}
	want.Arrives[0] = 14
	got, err := FromPacket(ToPacket(&want))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestAPacketThatCannotBeIsRefused(t *testing.T) {
	for _, p := range []*Packet{
		{Kind: "letter"}, {Kind: "data", Arrives: []int64{1, 2, 3}}, {Kind: "data", Size: -1}, {Kind: "data", Size: 1 << 40},
		{Kind: "data", Port: 1 << 20}, {Kind: "data", Source: -1}, {Kind: "data", Head: make([]byte, 1+network.MaxHead)},
		{Kind: "data", Again: -1}, {Kind: "data", Why: 256}, {Kind: "data", Left: 2, Arrives: []int64{1}}, {Kind: "data", Arrives: []int64{math.MinInt64}},
	} {
		if got, err := FromPacket(p); err == nil {
			t.Errorf("%v is taken as %+v", p, got)
		}
	}
}
