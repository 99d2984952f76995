package lab_test

import (
	"slices"
	"testing"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/story"
)

const fetching = `
def test_x(lab):
    a, b, client = lab.add("http-backend", name = "a"), lab.add("http-backend", name = "b"), lab.add("client")
    lab.network(latency = 5*ms)
    lab.cut(client, b)
    bad = lab.spawn(lambda: client.get("http://b:8000/", timeout = 300*ms))
    for i in range(7):
        lab.sleep(40*ms)
        check(client.get("http://a:8000/").ok)
    check(bad.wait().ok)
`

// Of two talks of one node at one time, the one whose call failed is marked, in both engines.
func TestOfTwoCallsOfAClientTheFailedOneIsMarked(t *testing.T) {
	path := scriptFile(t, fetching)
	for _, engine := range []string{"sim", "live"} {
		report, err := lab.Run(t.Context(), builtins(t), lab.Options{Targets: []string{path}, Engine: engine})
		if err != nil {
			t.Fatal(err)
		}
		run := &report.Sweeps[0].Failures[0].Run
		f, lost := story.Of(run), false
		for _, row := range f.All() {
			marked := f.Causes[row.ID()]
			if p := row.Packet; p != nil && marked {
				lost = lost || p.To == "b" && p.Kind == "syn" && p.Lost == "cut"
				if p.To == "a" || p.From == "a" {
					t.Errorf("%s: %s -> %s %s is marked", engine, p.From, p.To, row.Text())
				}
			}
			if m := row.Moment; m != nil && marked && m.Name == "called" && m.Pos.Line != 6 {
				t.Errorf("%s: the call of line %d is marked, want line 6", engine, m.Pos.Line)
			}
		}
		if !lost || f.What != story.Call && engine == "sim" {
			t.Errorf("%s: lost syn marked %v, what %v", engine, lost, f.What)
		}
		checkSegments(t, engine, run)
	}
}

// checkSegments wants the lost dial to be told in the terminal's account, too.
func checkSegments(t *testing.T, engine string, r *result.Run) {
	t.Helper()
	if len(r.Segments) == 0 || r.Segments[0].Kind != "syn" || r.Segments[0].To != "b" || r.Segments[0].Why != "cut" || r.SegmentLoss != len(r.Segments) {
		t.Errorf("%s: %+v of %d, want the syn to b", engine, r.Segments, r.SegmentLoss)
	}
}

const stale = `
def test_x(lab):
    nodes = lab.add("raft", count = 3, name = "n")
    user = lab.add("raft-client", name = "user", servers = nodes)
    other = lab.add("raft-client", name = "other", servers = nodes)
    lab.network(latency = 2*ms)
    lab.sleep(600*ms)
    check(user.put("x", 1).ok)
    lab.sleep(100*ms)
    behind = [n for n in nodes if n.status().role != "leader"][0]
    late = lab.add("raft-client", name = "late", servers = [behind])
    lab.partition([behind, late])
    check(user.put("x", 2).ok)
    check(late.get("x", mode = "stale").value == 1)
    other.put("y", 1)
    lab.sleep(50*ms)
    check(linearizable(lab.history()).ok)
`

// A history that cannot be is about the operations that contradict each other: their calls, and no others.
func TestAContradictionIsAboutItsOperations(t *testing.T) {
	report, err := lab.Run(t.Context(), builtins(t), lab.Options{Targets: []string{scriptFile(t, stale)}, Engine: "sim"})
	if err != nil {
		t.Fatal(err)
	}
	f, lines := story.Of(&report.Sweeps[0].Failures[0].Run), []int{}
	for _, row := range f.All() {
		if m := row.Moment; m != nil && m.Name == "called" && f.Causes[row.ID()] {
			lines = append(lines, m.Pos.Line)
		}
		if p := row.Packet; p != nil && f.Causes[row.ID()] && (p.From == "other" || p.To == "other") {
			t.Errorf("%s -> %s %s is marked", p.From, p.To, row.Text())
		}
	}
	if !slices.Equal(lines, []int{8, 13, 14}) || f.What != story.Call {
		t.Errorf("the calls of lines %v are marked, what %v; want 8, 13 and 14", lines, f.What)
	}
}
