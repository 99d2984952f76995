package report

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

func TestTheLinesAroundACheckAreShownWhereItStillStands(t *testing.T) {
	file := "a\nb\nc\nd\ne\n    check(x ==\n        1)\nf\ng\n"
	c := result.Check{Pos: trouble.Position{File: "x.star", Line: 6, Col: 5}, Source: "check(x == 1)"}
	read := func(path string) ([]byte, error) { return []byte(file), nil }
	texts := func(o Options) (all []string) {
		v := runView{}
		v.source(&result.Run{Checks: []result.Check{c}}, o)
		for _, l := range v.Source {
			all = append(all, fmt.Sprintf("%d %s %v", l.Number, l.Text, l.Here))
		}
		return all
	}
	whole := []string{"2 b false", "3 c false", "4 d false", "5 e false", "6     check(x == true", "7         1) false", "8 f false", "9 g false", "10  false"}
	alone := []string{"6 check(x == 1) true"}
	if diff := cmp.Diff(whole, texts(Options{Read: read})); diff != "" {
		t.Error(diff)
	}
	file = strings.Replace(file, "x ==", "y = lab.eventually(x,", 1)
	c.Pos.Col, c.Source = 30, "lab.eventually(x, 1)" // the position is that of the bracket
	if got := texts(Options{Read: read}); len(got) != 9 {
		t.Errorf("of a call of lab only %q is shown", got)
	}
	c.Source, file = "check(x == 1)", "a\nb\nc\nd\ne\n    nothing()\n    check(x == 1)\n"
	for _, o := range []Options{{Read: read}, {}, {Read: func(string) ([]byte, error) { return nil, io.EOF }}, {Read: func(string) ([]byte, error) { return nil, nil }}} {
		if diff := cmp.Diff(alone, texts(o)); diff != "" {
			t.Error(diff)
		}
	}
}

// Of a check in a module the lines of the script that called it are shown, too, where they still do.
func TestTheCallerOfAModuleIsShown(t *testing.T) {
	frame := func(name, file string, line int) trouble.Frame {
		return trouble.Frame{Name: name, Pos: trouble.Position{File: file, Line: line}}
	}
	c := result.Check{Pos: trouble.Position{File: "@raft/cluster.star", Line: 30}, Source: "check(one)",
		Stack: []trouble.Frame{frame("test_a", "x.star", 3), frame("one_leader", "@raft/cluster.star", 30)}}
	for file, want := range map[string]int{"# a\ndef test_a(lab):\n    one_leader(lab)\n": 2, "# a\ndef test_a(lab):\n    other(lab)\n": 0} {
		read := func(path string) ([]byte, error) {
			if path != "x.star" {
				return nil, io.EOF
			}
			return []byte(file), nil
		}
		v, r := runView{}, &result.Run{Checks: []result.Check{c}}
		r.File = "x.star"
		v.source(r, Options{Read: read})
		if len(v.Caller) != want || want > 0 && (!v.Caller[1].Here || v.CallerPlace != "called from x.star:3") || len(v.Source) != 1 {
			t.Errorf("%q: %+v at %s, the check %+v", file, v.Caller, v.CallerPlace, v.Source)
		}
	}
}

func TestAShortExperimentIsShownWhole(t *testing.T) {
	file := "x = 1\n\ndef test_a(lab):\n    one()\n\n# at the margin\n    two(\n)\n    check(False)\n    after()\n\n\ndef test_b(lab):\n    check(x)\n" + strings.Repeat("    more()\n", wholeTest)
	lines := strings.Split(file, "\n")
	for at, want := range map[int][2]int{9: {3, 10}, 4: {3, 10}, 1: {1, 5}, 14: {10, 18}} {
		if first, last := stretch(lines, at); first != want[0] || last != want[1] {
			t.Errorf("line %d: %d to %d, want %v", at, first, last, want)
		}
	}
}

func TestASideThatWasNotEvaluatedIsToldFromOneThatDidNotDecide(t *testing.T) {
	run := election()
	run.Checks[0].Parts = []result.Part{{Text: "a", Value: "1", Beside: true}, {Text: "b", Value: "-", Beside: true}, {Text: "c", Value: "0"}}
	var page strings.Builder
	if err := Write(&page, reportOf(run), Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"<code>1</code> <small>did not decide</small>", "<code>-</code> <small>not evaluated</small>", "<code>0</code></td>"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("%s is missing", want)
		}
	}
}

// A value of several lines, as a verdict is, has its first line in the sentence and all of them in the table.
func TestAValueOfSeveralLinesIsNotRunTogether(t *testing.T) {
	r := election()
	r.Checks[0].Parts = []result.Part{{Text: "v", Value: "not linearizable:\n  put 1\n  get\t2"}}
	if text := said(r); !strings.Contains(text, "v was not linearizable: ...,") || strings.Contains(text, "put 1") {
		t.Errorf("it says %s", text)
	}
	if got := clipped(r.Checks[0].Parts)[0].Value; got != "not linearizable:\n  put 1\n  get\\t2" {
		t.Errorf("the table has %q", got)
	}
	if got := clipLines(strings.Repeat("abc\n", 1000), 10); got != "abc\nabc\nabc\na…" {
		t.Errorf("it is clipped to %q", got)
	}
}
