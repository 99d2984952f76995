package pcap_test

import (
	"time"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

const ms = time.Millisecond

// fields are of every type that a head can hold.
var fields = value.Fields{
	{Name: "term", Value: int64(4)}, {Name: "less", Value: int64(-300)}, {Name: "share", Value: 0.25}, {Name: "name", Value: "n\x1b1"},
	{Name: "empty", Value: ""}, {Name: "none", Value: nil}, {Name: "yes", Value: true}, {Name: "no", Value: false},
	{Name: "raw", Value: []byte{1, 0xFE}}, {Name: "wait", Value: 150 * ms}, {Name: "rate", Value: 5 * link.Mbit},
	{Name: "to", Value: value.Addr("n1:80")}, {Name: "node", Value: value.Node("n2")},
	{Name: "list", Value: []any{int64(1), "x"}}, {Name: "dict", Value: value.Fields{{Name: "a", Value: int64(1)}}},
}

// head is a message on the network.
func head(typ string, fields value.Fields) []byte {
	b, err := value.AppendHead(nil, value.Head{Type: typ, Fields: fields})
	if err != nil {
		panic(err)
	}
	return b
}

// messages is a run with datagrams of every fate.
func messages() *result.Run {
	whole := head("append", fields)
	return &result.Run{
		Experiment: result.Experiment{File: "x.star", ID: "test_messages", Engine: "sim"}, Seed: 7, Outcome: result.Failed,
		Checks: []result.Check{{Pos: trouble.Position{File: "x.star", Line: 9}, Source: "check(False)"}},
		Replay: "lab run x.star --seed 7",
		Story: &result.Story{
			Nodes: []string{"n1", "n2", "n3"},
			Spans: []result.Span{{Text: "isolate n3", Links: [][2]string{{"n1", "n3"}}, From: ms, Pos: trouble.Position{File: "x.star", Line: 5}}},
			Packets: []result.Packet{
				{Number: 2, Kind: "datagram", From: "n1", To: "n2", Port: 7000, Source: 7001, Size: len(whole) + 2, Data: append(whole, 1, 2),
					Type: "append", Fields: []result.Part{{Text: "term", Value: "4"}}, Sent: ms, Left: 2 * ms, Arrives: []time.Duration{10 * ms, 12 * ms}},
				{Number: 3, Why: result.Why{Cause: 2, Timer: true}, Kind: "datagram", From: "n1", To: "n3", Port: 7000, Size: 400,
					Data: head("vote", value.Fields{{Name: "text", Value: string(make([]byte, 390))}})[:256], Sent: 2 * ms, Left: 2 * ms, Lost: "cut"},
				{Number: 9, Why: result.Why{Cause: 3}, Kind: "datagram", From: "n2", To: "n1", Port: 53, Size: 20, Data: []byte("plain"), Sent: 3 * ms, Left: 3 * ms},
			},
		},
	}
}

// stream is a run with a connection of n full segments, of which the second is lost and sent again.
func stream(n int) *result.Run {
	const size, there = 1460, 5 * ms
	var list []result.Packet
	at := time.Duration(0)
	add := func(p result.Packet) {
		p.Number, p.Port, p.Conn, p.From, p.To, p.Sent, p.Left = uint64(len(list)+1), 80, 4, "client", "server", at, at
		if p.Back {
			p.From, p.To = p.To, p.From
		}
		if p.Lost == "" {
			p.Arrives = []time.Duration{at + there}
		}
		list = append(list, p)
		at += there
	}
	add(result.Packet{Kind: "syn"})
	add(result.Packet{Kind: "syn-ack", Back: true})
	add(result.Packet{Kind: "ack"})
	for i := range uint64(n) {
		p := result.Packet{Kind: "data", Offset: i * size, Size: size}
		if i == 1 {
			p.Lost = "loss"
			add(p)
			p.Lost, p.Again = "", 1
		}
		add(p)
		add(result.Packet{Kind: "ack", Back: true, Ack: (i + 1) * size, Window: uint64(n) * size})
	}
	end := uint64(n) * size
	add(result.Packet{Kind: "data", Offset: end, Fin: true})
	add(result.Packet{Kind: "data", Back: true, Size: 5, Ack: end + 1, Fin: true})
	add(result.Packet{Kind: "ack", Ack: 6})
	return &result.Run{
		Experiment: result.Experiment{File: "y.star", ID: "test_stream", Engine: "live"}, Seed: 1, Outcome: result.Passed,
		Story: &result.Story{Nodes: []string{"client", "server"}, Packets: list},
	}
}

func report(runs ...*result.Run) *result.Report {
	r := &result.Report{}
	for _, run := range runs {
		s := result.Sweep{Experiment: run.Experiment, Runs: 1}
		if run.Outcome == result.Passed {
			s.Shown = run
		} else {
			s.Failures = []result.Failure{{Run: *run, Seeds: []uint64{run.Seed}}}
		}
		r.Add(s)
	}
	return r
}
