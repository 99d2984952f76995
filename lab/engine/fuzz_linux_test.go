package engine

import (
	"math"
	"os"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// FuzzLiveReports feeds a live run with what may come from the process of a node: it is taken, ignored or refused.
func FuzzLiveReports(f *testing.F) {
	for _, r := range []*wire.Report{
		{Of: &wire.Report_Reply{Reply: &wire.Reply{Call: 1, At: 1, Value: wire.EncodeValue("x")}}},
		{Of: &wire.Report_Reply{Reply: &wire.Reply{Call: math.MinInt64, At: math.MaxInt64, Status: 77}}},
		{Of: &wire.Report_Event{Event: &wire.Event{Name: "e", Fields: wire.ToFields(value.Fields{{Name: "f", Value: math.NaN()}})}}},
		{Of: &wire.Report_Failure{Failure: &wire.Failure{Node: "n2", At: -1, Error: "no"}}},
		{Of: &wire.Report_Listening{Listening: &wire.Listening{Id: 1, Network: "tcp", Port: -1, Real: "127.0.0.1:99999"}}},
		{Of: &wire.Report_Listening{Listening: &wire.Listening{Id: 1, Network: "udp", Port: 80, Real: "[::1]:80"}}},
		{Of: &wire.Report_Unlistening{Unlistening: &wire.Unlistening{Network: "tcp", Port: 1 << 30}}},
		{Of: &wire.Report_Route{Route: &wire.Route{To: "nobody", Port: -1}}},
		{Of: &wire.Report_Samples{Samples: &wire.Samples{List: []*wire.Sample{{Name: "term", At: 1, Value: wire.ToValue(int64(2))}, {At: -1}, {}}}}},
		{Of: &wire.Report_Late{Late: &wire.Late{}}}, {Of: &wire.Report_Log{Log: &wire.Log{Line: "\xff"}}},
		{Of: &wire.Report_Ready{}}, {Of: &wire.Report_Closed{}}, {Of: &wire.Report_RosterOk{}}, {Of: &wire.Report_Barrier{}}, {},
	} {
		data, err := proto.MarshalOptions{AllowPartial: true}.Marshal(&wire.FromPlugin{Reports: []*wire.Report{r}})
		if err == nil { // a text that is none cannot even be sent
			f.Add(data)
		}
	}
	self, err := os.Executable()
	if err != nil {
		f.Fatal(err)
	}
	h, err := host.New(host.Options{Self: self, Builtins: &manifest.Manifest{Name: "suite"}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { h.Close() })
	process, err := h.Start(h.Builtin(), host.StartOptions{Name: "n1"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var message wire.FromPlugin
		if wire.Unmarshal(data, &message) != nil {
			return
		}
		l := worldlessLive(t, h)
		defer l.Close()
		n := newLiveNode(l, "n1")
		n.process = process
		l.calls.note(Call{Node: "n1", Method: "m"}, 0)
		n.inFlight[1], n.lastCall = true, 1
		for _, r := range message.Reports {
			n.receive(r)
		}
		_ = l.collect(&Progress{})
	})
}

// worldlessLive is a live run with one node, of which nothing is started.
func worldlessLive(t *testing.T, h *host.Host) *live {
	e, err := NewLive(h, func(string) *host.Plugin { return h.Builtin() }, Options{Messages: true})
	if err != nil {
		t.Fatal(err)
	}
	l := e.(*live)
	if _, err := l.network.AddNode("n1"); err != nil {
		t.Fatal(err)
	}
	if _, err := l.top.apply([]Change{AddNode{Name: "n1", Kind: "k"}}); err != nil {
		t.Fatal(err)
	}
	return l
}
