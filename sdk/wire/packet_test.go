package wire

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/value"
)

func TestPacketsArriveAsTheyWereSent(t *testing.T) {
	want := []network.Packet{
		{
			Number: 1, Cause: value.Cause{Of: 2, Timer: true}, Kind: "data", From: "a", To: "b", Port: 3, Source: 4, Conn: 5, Back: true,
			Offset: 6, Ack: 7, Window: 8, Fin: true, Again: 9, Size: 10, Head: []byte{11}, Sent: 12, Left: 13, Copies: 1, Why: link.DropMTU,
			Arrives: [2]time.Duration{14},
		},
		{Number: 2, Kind: "datagram", From: "b", To: "a", Head: []byte("xy"), Left: 15, Copies: 2, Arrives: [2]time.Duration{17, 16}},
		{Number: 3, Kind: "ack", From: "b", To: "a", Head: []byte{}},
	}
	told := ToPackets(want, 7)
	got, err := FromPackets(told)
	if diff := cmp.Diff(want, got); err != nil || diff != "" || told.Left != 7 {
		t.Error(err, told.Left, diff)
	}
	if got, err := FromPackets(nil); len(got) > 0 || err != nil {
		t.Errorf("none: %v, %v", got, err)
	}
}

func TestPacketsThatCannotBeAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(*Packets){
		"an unknown kind":    func(p *Packets) { p.Names[0] = "letter" },
		"no name":            func(p *Packets) { p.To[0] = 9 },
		"a column too short": func(p *Packets) { p.Sent = nil },
		"a column too long":  func(p *Packets) { p.Fin = []bool{true, true} },
		"too many copies":    func(p *Packets) { p.Copies[0] = 3; p.Arrives = []int64{2, 2, 2} },
		"arrivals missing":   func(p *Packets) { p.Copies[0] = 2 },
		"an arrival before":  func(p *Packets) { p.Arrives[0] = 1 },
		"a head too long":    func(p *Packets) { p.Head[0] = network.MaxHead + 1; p.Heads = make([]byte, 1000) },
		"a head missing":     func(p *Packets) { p.Head[0] = 3 },
		"a large packet":     func(p *Packets) { p.Size[0] = 1 << 20 },
		"a high port":        func(p *Packets) { p.Port[0] = 1 << 20 },
		"a high source":      func(p *Packets) { p.Source[0] = 1 << 20 },
		"many attempts":      func(p *Packets) { p.Again[0] = 1 << 31 },
		"an unknown reason":  func(p *Packets) { p.Why[0] = 256 },
	} {
		p := ToPackets([]network.Packet{{Kind: "data", From: "a", To: "b", Head: []byte("xy"), Left: 2, Copies: 1, Arrives: [2]time.Duration{2}}}, 0)
		spoil(p)
		if got, err := FromPackets(p); err == nil {
			t.Errorf("%s: taken as %+v", name, got)
		}
	}
}

func TestMorePacketsThanAnybodyKeepsAreRefused(t *testing.T) {
	p := ToPackets(slices.Repeat([]network.Packet{{Kind: "ack", From: "a", To: "b"}}, network.MaxLatest+1), 0)
	if got, err := FromPackets(p); err == nil {
		t.Errorf("%d were taken", len(got))
	}
}
