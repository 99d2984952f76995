package report

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

const ms = time.Millisecond

// maker makes a story that looks like one of a run.
type maker struct {
	s      result.Story
	random *rand.Rand
	number uint64
}

func newMaker(nodes ...string) *maker {
	return &maker{s: result.Story{Nodes: nodes, Causes: true}, random: rand.New(rand.NewPCG(1, 2))}
}

func (m *maker) next() uint64 { m.number++; return m.number }

func (m *maker) moment(cause uint64, at time.Duration, node, class, name string, fields ...string) uint64 {
	moment := result.Moment{Number: m.next(), Why: result.Why{Cause: cause}, At: at, Node: node, Class: class, Name: name, Fields: parts(fields)}
	if cause == 0 {
		moment.Pos = &trouble.Position{File: "election.star", Line: 8, Col: 5}
	}
	m.s.Moments = append(m.s.Moments, moment)
	return moment.Number
}

func parts(fields []string) (all []result.Part) {
	for i := 0; i < len(fields); i += 2 {
		all = append(all, result.Part{Text: fields[i], Value: fields[i+1]})
	}
	return all
}

// message sends one, which takes 3 to 7 ms, and returns its number and arrival; lost says why it does not arrive.
func (m *maker) message(cause uint64, at time.Duration, from, to, kind, lost string, fields ...string) (uint64, time.Duration) {
	arrives := at + 3*ms + time.Duration(m.random.Int64N(int64(4*ms)))
	p := result.Packet{Number: m.next(), Why: result.Why{Cause: cause}, Kind: "datagram", Type: kind, From: from, To: to, Port: 7000, Size: 48, Sent: at, Left: at, Fields: parts(fields), Lost: lost}
	if lost == "" {
		p.Arrives = []time.Duration{arrives}
	}
	m.s.Packets = append(m.s.Packets, p)
	return p.Number, arrives
}

// beats are heartbeats of a leader and their answers.
func (m *maker) beats(cause uint64, from, to time.Duration, leader, term string, cut func(peer string) bool) {
	for at := from; at < to; at += 50 * ms {
		for _, peer := range m.s.Nodes {
			if peer == leader || peer == "client" {
				continue
			}
			lost := ""
			if cut(peer) {
				lost = "cut"
			}
			id, arrives := m.message(cause, at, leader, peer, "append", lost, "term", term, "commit", "3")
			if lost == "" {
				_, _ = m.message(id, arrives, peer, leader, "append_reply", "", "term", term, "ok", "True")
			}
		}
	}
}

// elect is an election that candidate wins.
func (m *maker) elect(at time.Duration, candidate, term string, cut func(peer string) bool) (uint64, time.Duration) {
	begun := m.moment(0, at, candidate, "component", "became_candidate", "term", term)
	won, when := begun, at
	for _, peer := range m.s.Nodes {
		if peer == candidate || peer == "client" {
			continue
		}
		lost := ""
		if cut(peer) {
			lost = "cut"
		}
		id, arrives := m.message(begun, at, candidate, peer, "vote", lost, "term", term, "last", "3")
		if lost != "" {
			continue
		}
		voted := m.moment(id, arrives, peer, "component", "voted", "term", term, "for", `"`+candidate+`"`)
		won, when = m.message(voted, arrives, peer, candidate, "vote_reply", "", "term", term, "granted", "True")
	}
	m.lane(candidate, "role", at, `"candidate"`)
	m.lane(candidate, "role", when, `"leader"`)
	m.lane(candidate, "term", at, term)
	return m.moment(won, when, candidate, "component", "became_leader", "term", term), when
}

func (m *maker) lane(node, name string, at time.Duration, value string) {
	for i := range m.s.Lanes {
		if l := &m.s.Lanes[i]; l.Node == node && l.Name == name {
			l.Points = append(l.Points, result.Point{At: at, Value: value})
			return
		}
	}
	m.s.Lanes = append(m.s.Lanes, result.Lane{Node: node, Name: name, Points: []result.Point{{At: at, Value: value}}})
}

// stream is bytes of a connection in segments, some of them sent again, with acknowledgements.
func (m *maker) stream(cause uint64, at time.Duration, from, to string, segments int) {
	syn := func(kind, from, to string, back bool) {
		m.s.Packets = append(m.s.Packets, result.Packet{Number: m.next(), Why: result.Why{Cause: cause}, Kind: kind, From: from, To: to,
			Port: 80, Conn: 1, Back: back, Sent: at, Left: at, Arrives: []time.Duration{at + 5*ms}})
		at += 5 * ms
	}
	syn("syn", from, to, false)
	syn("syn-ack", to, from, true)
	for i := range segments {
		p := result.Packet{Number: m.next(), Why: result.Why{Cause: cause}, Kind: "data", From: from, To: to, Port: 80, Conn: 1,
			Offset: uint64(i * 1448), Size: 1448, Sent: at, Left: at + ms, Arrives: []time.Duration{at + 6*ms}}
		if i%7 == 3 {
			p.Lost, p.Arrives = "loss", nil
		}
		if i%7 == 5 {
			p.Again = 1
		}
		m.s.Packets = append(m.s.Packets, p)
		if i%2 == 1 {
			m.s.Packets = append(m.s.Packets, result.Packet{Number: m.next(), Kind: "ack", From: to, To: from, Port: 80, Conn: 1, Back: true,
				Ack: p.Offset, Sent: at + 6*ms, Left: at + 6*ms, Arrives: []time.Duration{at + 11*ms}})
		}
		at += 2 * ms
	}
}

// election is a run in which a cut-off leader does not step down.
func election() *result.Run {
	m := newMaker("n1", "n2", "n3", "n4", "n5", "client")
	none := func(string) bool { return false }
	for _, n := range m.s.Nodes[:5] {
		m.lane(n, "role", 0, `"follower"`)
		m.lane(n, "term", 0, "0")
	}
	first, at := m.elect(180*ms, "n2", "1", none)
	m.beats(first, at, 400*ms, "n2", "1", none)
	call := m.moment(0, 300*ms, "client", "call", "get", "key", `"x"`)
	m.stream(call, 300*ms, "client", "n4", 40)
	m.moment(0, 400*ms, "", "fault", "isolate", "nodes", "n2")
	m.s.Spans = append(m.s.Spans, result.Span{Text: "isolate n2", Nodes: []string{"n2"}, Links: [][2]string{{"n2", "n1"}}, From: 400 * ms,
		Pos: trouble.Position{File: "election.star", Line: 9}})
	m.s.Spans = append(m.s.Spans, result.Span{Text: "pause n5", Nodes: []string{"n5"}, From: 420 * ms, To: 520 * ms})
	m.beats(first, 410*ms, 900*ms, "n2", "1", func(string) bool { return true })
	second, at := m.elect(610*ms, "n4", "2", func(p string) bool { return p == "n2" })
	m.beats(second, at, 900*ms, "n4", "2", func(p string) bool { return p == "n2" })
	m.moment(0, 700*ms, "", "mark", "mark", "text", `"a new leader"`)
	m.s.Packets[len(m.s.Packets)-4].Arrives = append(m.s.Packets[len(m.s.Packets)-4].Arrives, 890*ms)
	pos := trouble.Position{File: "election.star", Line: 12, Col: 5}
	return &result.Run{
		Experiment: result.Experiment{File: "election.star", ID: "test_leader_steps_down[nodes=5]", Name: "test_leader_steps_down", Params: []string{"nodes=5"}, Engine: "sim"},
		Seed:       8123, Outcome: result.Failed, At: 900 * ms, Digest: 0xfeed, Replay: "lab run election.star::test_leader_steps_down --set nodes=5 --engine sim --seed 8123",
		Checks: []result.Check{{Pos: pos, Source: `check(old.status().term == new.status().term)`, At: 900 * ms, Nodes: []string{"n2", "n4"},
			Parts: []result.Part{{Text: "old.status().term", Value: "1"}, {Text: "new.status().term", Value: "2"}}}},
		Faults: []result.Fault{{Text: "isolate n2", Since: 400 * ms}},
		Story:  &m.s,
	}
}

// reportOf is a report of runs that have failed.
func reportOf(runs ...*result.Run) *result.Report {
	r := &result.Report{Wall: 321 * ms}
	for _, run := range runs {
		r.Add(result.Sweep{Experiment: run.Experiment, Runs: 1, Asked: 1, Failures: []result.Failure{{Run: *run, Seeds: []uint64{run.Seed}, Code: 1}}, Code: 1})
	}
	return r
}

// storm is a story of so many messages among nodes.
func storm(nodes, messages int) *result.Run {
	var names []string
	for i := range nodes {
		names = append(names, fmt.Sprintf("n%d", i+1))
	}
	m := newMaker(names...)
	cause := uint64(0)
	for i := range messages {
		from := m.random.IntN(nodes)
		lost := ""
		if i%50 == 0 {
			lost = "loss"
		}
		id, _ := m.message(cause, time.Duration(i)*100*time.Microsecond, names[from], names[(from+1+m.random.IntN(nodes-1))%nodes], "ping", lost, "n", fmt.Sprint(i))
		if i%20 == 0 {
			cause = id
		}
	}
	end := time.Duration(messages) * 100 * time.Microsecond
	return &result.Run{Experiment: result.Experiment{ID: "test_storm", File: "storm.star", Engine: "sim"}, Outcome: result.Failed, At: end,
		Checks: []result.Check{{Source: "check(False)", At: end, Nodes: names[:1]}}, Story: &m.s}
}
