package wire

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

func TestSettingsOfTCPComeBackAsTheyWent(t *testing.T) {
	for _, want := range []tcp.Settings{
		tcp.Default, {Congestion: tcp.Reno, Nagle: true, InitialWindow: 1, MinRTO: time.Second},
		{Congestion: tcp.None, DelayedAck: true, InitialWindow: 1000, MinRTO: time.Millisecond},
	} {
		if got, err := FromTCP(ToTCP("n1", want)); err != nil || got != want {
			t.Errorf("got %+v, %v; want %+v", got, err, want)
		}
	}
	good := ToTCP("n1", tcp.Default)
	for want, bad := range map[string]*Tcp{
		`congestion is "bbr"`:           {Congestion: "bbr", InitialWindow: good.InitialWindow, MinRto: good.MinRto},
		"initial_window is -1 segments": {Congestion: "reno", InitialWindow: -1, MinRto: good.MinRto},
		"min_rto is 0us":                {Congestion: "reno", InitialWindow: 1},
	} {
		if got, err := FromTCP(bad); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v is taken as %+v, %v; want an error: %s", bad, got, err, want)
		}
	}
}

func TestConnectionsComeBackAsTheyWent(t *testing.T) {
	want := []network.Connection{
		{Src: "a", Dst: "b", Port: 65535, Dialled: true, Modelled: true, Cwnd: 10, RTT: 20, Retransmits: 3, Waiting: 1 << 40, Unread: 5, Acked: 6},
		{Src: "b", Dst: "a", Port: 65535, Modelled: true},
	}
	got, err := FromConnections(ToConnections(want))
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, bad := range []*Connection{{}, {Port: 65536}, {Port: -1}, {Port: 1, Cwnd: -1}, {Port: 1, Rtt: -1}, {Port: 1, Unread: -1}, {Port: 1, Acked: -1}} {
		if got, err := FromConnections(&Connections{List: []*Connection{bad}}); err == nil {
			t.Errorf("%v is taken as %+v", bad, got)
		}
	}
}
