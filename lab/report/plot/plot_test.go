package plot

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
)

const ms = time.Millisecond

// element is one element of a picture.
type element struct {
	name  string
	attrs map[string]string
	text  string // of itself and of what is in it
}

func (e element) num(t *testing.T, name string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(e.attrs[name], 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// elements reads a picture as XML, and fails when it is none.
func elements(t *testing.T, svg string) []element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	var all []element
	var open []int
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatalf("no XML: %v\n%s", err, clip(svg, 2000))
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := element{name: token.Name.Local, attrs: map[string]string{}}
			for _, a := range token.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			open, all = append(open, len(all)), append(all, e)
		case xml.CharData:
			for _, i := range open {
				all[i].text += string(token)
			}
		case xml.EndElement:
			open = open[:len(open)-1]
		}
	}
}

// find is the one element of a name that says something in its text or tip.
func find(t *testing.T, svg, name, says string) element {
	t.Helper()
	var found []element
	for _, e := range elements(t, svg) {
		if e.name == name && strings.Contains(e.text, says) {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d of <%s> say %q, want 1\n%s", len(found), name, says, clip(svg, 4000))
	}
	return found[0]
}

func num(v float64) *float64 { return &v }

func point(at time.Duration, v float64) result.Point {
	return result.Point{At: at, Value: fmt.Sprint(v), Num: num(v)}
}

// told is a story of a second in which everything happens.
func told() *result.Story {
	return &result.Story{
		Nodes: []string{"n1", "n2"},
		Spans: []result.Span{{Text: "isolate n2", Nodes: []string{"n2"}, From: 200 * ms, To: 600 * ms}, {Text: "crash n1", Nodes: []string{"n1"}, From: 800 * ms}},
		Moments: []result.Moment{
			{Class: "mark", Name: "now it is slow", At: 500 * ms}, {Class: "component", Name: "ended", At: 1000 * ms},
		},
		Lanes: []result.Lane{
			{Node: "n1", Name: "term", Points: []result.Point{point(0, 0), point(500*ms, 4)}},
			{Node: "n1", Name: "role", Points: []result.Point{
				{At: 0, Value: "follower"}, {At: 250 * ms, Value: "leader"}, {At: 500 * ms, Value: "candidate"}, {At: 600 * ms, Value: "None"},
			}},
			{Node: "n2", Name: "role", Points: []result.Point{{At: 0, Value: "follower"}}},
		},
		Series: []result.Series{{Name: "client: http://lb:8080/", Node: "client", Buckets: []result.Bucket{
			{At: 0, For: 250 * ms, Requests: 100, P50: ms, P99: 10 * ms, Max: 20 * ms},
			{At: 250 * ms, For: 250 * ms, Requests: 200, Errors: 50, P50: 2 * ms, P99: 20 * ms, Max: 40 * ms},
			{At: 500 * ms, For: 250 * ms},
			{At: 750 * ms, For: 250 * ms, Requests: 100, P50: ms, P99: 10 * ms, Max: 20 * ms},
		}, All: result.Bucket{For: 1000 * ms, Requests: 400, Errors: 50, P50: ms, P99: 20 * ms, Max: 40 * ms}}},
		History: &result.History{Reason: "x is not linearizable: get cannot be placed\n  put(\"x\", 1)", Operations: []result.Operation{
			{Client: "c1", Text: `put("x", 1)`, From: 100 * ms, To: 200 * ms, Status: "ok", Bad: true},
			{Client: "c2", Text: `put("x", 7)`, From: 120 * ms, To: 1000 * ms, Status: "unknown"},
			{Client: "c2", Text: `get("x") -> None`, From: 300 * ms, To: 400 * ms, Status: "ok", Bad: true},
			{Client: "c1", Text: "much later", From: 900 * ms, To: 950 * ms, Status: "ok"},
		}},
	}
}

func swept() *result.Sweep {
	s := &result.Sweep{Runs: 4, Failures: []result.Failure{{Seeds: []uint64{3}}}}
	for i, at := range []time.Duration{1000 * ms, 2000 * ms, 3000 * ms, 3000 * ms} {
		s.Ends = append(s.Ends, result.End{Seed: uint64(i + 1), At: at, Outcome: result.Passed})
	}
	s.Ends[2].Outcome = result.Failed
	return s
}

// pictures are all pictures of a story and a sweep.
func pictures(s *result.Story, sweep *result.Sweep, v View) map[string]string {
	all := map[string]string{
		"lanes": Lanes(s, v), "history": History(s, v), "compare": Compare("", slices.Concat(Drives(s), Drives(s)), v), "seeds": Seeds(sweep, v),
	}
	for i := range s.Series {
		all[fmt.Sprint("series", i)] = Series(s, &s.Series[i], v)
	}
	return all
}

func TestAValueLastsAsLongAsItsBar(t *testing.T) {
	svg := Lanes(told(), View{To: 1000 * ms})
	x := View{To: 1000 * ms}.axis(0)
	leader, second := find(t, svg, "rect", "n1 role = leader"), find(t, svg, "rect", "n2 role = follower")
	if got, want := leader.num(t, "x"), x.at(250e6); math.Abs(got-want) > 0.1 {
		t.Errorf("the leader's bar begins at %v, want %v", got, want)
	}
	if got, want := leader.num(t, "width"), (x.to-x.from)/4; math.Abs(got-want) > 0.1 {
		t.Errorf("the leader's bar is %v wide, want %v", got, want)
	}
	if got, want := second.num(t, "width"), x.to-x.from; math.Abs(got-want) > 0.1 {
		t.Errorf("a value that stays is %v wide, want %v", got, want)
	}
	if strings.Contains(svg, "role = None") {
		t.Error("a node that does not run has a bar")
	}
}

func TestFaultsAreShadedWhereTheyHold(t *testing.T) {
	svg := Lanes(told(), View{To: 1000 * ms})
	x := View{To: 1000 * ms}.axis(0)
	isolated := find(t, svg, "rect", "isolate n2 from 200ms to 600ms")
	if got, want := isolated.num(t, "x"), x.at(200e6); math.Abs(got-want) > 0.1 {
		t.Errorf("the fault begins at %v, want %v", got, want)
	}
	find(t, svg, "rect", "crash n1 from 800ms to 1s") // still in force at the end
	find(t, svg, "rect", "now it is slow at 500ms")
	shades := 0
	for _, e := range elements(t, svg) {
		if e.attrs["class"] == "shade" {
			shades++
		}
	}
	if shades != 3 {
		t.Errorf("%d rows are shaded, want one of n2 and two of n1", shades)
	}
}

// A node that has not voted yet has no value, not an empty one of a colour.
func TestAnEmptyTextIsAGap(t *testing.T) {
	s := &result.Story{Nodes: []string{"n1"}, Lanes: []result.Lane{{Node: "n1", Name: "vote", Points: []result.Point{{}, {At: 5 * ms, Value: "n2"}}}}}
	svg := Lanes(s, View{To: 40 * ms})
	if strings.Count(svg, `class="none"`) != 1 || len(Tones(s, "vote")) != 1 {
		t.Errorf("tones %v in %s", Tones(s, "vote"), svg)
	}
}

// The name of the group stands in the first row alone: the labels of the others have its room.
func TestLabelsOfLanesAreWholeWhereTheyHaveRoom(t *testing.T) {
	s := &result.Story{Nodes: []string{"balancer"}}
	for _, of := range []string{"web1", "web2"} {
		s.Lanes = append(s.Lanes, result.Lane{Node: "balancer", Name: "requests", Of: of, Points: []result.Point{
			{Value: "1", Num: num(1)}, {At: 5 * ms, Value: "2", Num: num(2)}}})
	}
	svg := Lanes(s, View{To: 40 * ms})
	for _, want := range []string{">web1 at...<", ">web2 at balancer<"} {
		if !strings.Contains(svg, want) {
			t.Errorf("no label %s in %s", want, svg)
		}
	}
}

// What a balancer says of its backends stands beside what was done to them.
func TestWhatNeverChangedSaysOfWhomAndWhoWasDown(t *testing.T) {
	lane := func(name, of string, points ...result.Point) result.Lane {
		return result.Lane{Node: "lb", Name: name, Of: of, Points: points}
	}
	s := &result.Story{
		Nodes: []string{"lb", "web1", "web2"}, Spans: []result.Span{{Text: "web2 crashed", Nodes: []string{"web2"}, From: 16 * ms}},
		Lanes: []result.Lane{
			lane("up", "web1", result.Point{Value: "True"}), lane("up", "web2", result.Point{Value: "True"}),
			lane("requests", "web2", result.Point{Value: "1", Num: num(1)}, result.Point{At: 5 * ms, Value: "2", Num: num(2)}),
		},
	}
	svg := Lanes(s, View{To: 40 * ms})
	if e := find(t, svg, "text", "up True: web1 at lb, web2 at lb (web2 crashed since 16ms)"); e.attrs["class"] != "bad word" {
		t.Errorf("class %q", e.attrs["class"])
	}
	if n := strings.Count(svg, `class="shade"`); n != 1 {
		t.Errorf("%d rows are shaded, want that of web2", n)
	}
}

func TestAShortSpanOfManyValuesIsOneBar(t *testing.T) {
	l := result.Lane{Node: "n1", Name: "role"}
	for i := range 100_000 {
		l.Points = append(l.Points, result.Point{At: time.Duration(i) * 10 * time.Microsecond, Value: fmt.Sprint("r", i%2)})
	}
	numbers := result.Lane{Node: "n1", Name: "commit"}
	for i := range 100_000 {
		numbers.Points = append(numbers.Points, point(time.Duration(i)*10*time.Microsecond, float64(i)))
	}
	svg := Lanes(&result.Story{Lanes: []result.Lane{l, numbers}}, View{})
	if len(svg) > 200_000 {
		t.Errorf("200,000 points are %d bytes", len(svg))
	}
	if !strings.Contains(svg, " values from") {
		t.Error("nothing says that there were many changes")
	}
}

func TestAHistoryOpensAtItsContradiction(t *testing.T) {
	svg := History(told(), View{})
	for _, says := range []string{`put("x", 1) by c1`, `get("x") -> None by c2`} {
		if e := find(t, svg, "rect", says); !strings.Contains(e.attrs["class"], "bad") {
			t.Errorf("%s is not marked: %s", says, e.attrs["class"])
		}
	}
	if e := find(t, svg, "rect", `put("x", 7)`); e.attrs["class"] != "operation unknown" {
		t.Errorf("an unknown operation has the class %q", e.attrs["class"])
	}
	if strings.Contains(svg, "much later") {
		t.Error("an operation far from the contradiction is shown")
	}
	get, unknown := find(t, svg, "rect", "get"), find(t, svg, "rect", `put("x", 7)`)
	if get.attrs["y"] == unknown.attrs["y"] {
		t.Error("two operations that overlap share a row")
	}
	find(t, svg, "text", "get cannot be placed")
}

func TestLatenciesLieOnTheirAxis(t *testing.T) {
	s := told()
	svg := Series(s, &s.Series[0], View{To: 1000 * ms})
	y := latencies(&s.Series[0])
	if !y.log || y.low > 1e6 || y.high < 40e6 {
		t.Errorf("the axis is %+v, want a logarithmic one from 1ms to 40ms", y)
	}
	lines := 0
	for _, e := range elements(t, svg) {
		if e.name == "path" && e.attrs["class"] == "p50" {
			lines++
		}
	}
	if lines != 2 {
		t.Errorf("%d lines of the median, want 2: one before and one after the pause", lines)
	}
	var bars []element
	for _, e := range elements(t, svg) {
		if e.name == "rect" && strings.Contains(e.text, "200 requests, 50 errors, p50 2ms") {
			bars = append(bars, e)
		}
	}
	if len(bars) != 2 || math.Abs(bars[0].num(t, "height")-4*bars[1].num(t, "height")) > 0.3 {
		t.Errorf("50 errors of 200 requests are %v", bars)
	}
}

func TestSeriesSideBySideHaveTheSameAxes(t *testing.T) {
	fast := told().Series[0]
	slow := result.Series{Name: "client: http://lb-slow:8080/", Buckets: []result.Bucket{
		{At: 5000 * ms, For: 500 * ms, Requests: 10, P50: 300 * ms, P99: 400 * ms, Max: 500 * ms}, {At: 5500 * ms, For: 500 * ms},
	}}
	fast.Name = "client: http://lb-fast:8080/"
	svg := Compare("strategies", Drives(&result.Story{Series: []result.Series{fast, slow}}), View{})
	find(t, svg, "text", "fast")
	find(t, svg, "text", "12.5 % errors")
	ends := 0
	for _, e := range elements(t, svg) {
		if e.name == "text" && e.text == "1s" {
			ends++
		}
	}
	if ends != 2 {
		t.Errorf("%d axes end at 1s, want both: the second drive began at 5s", ends)
	}
}

func TestRunsAreCountedByWhenTheyEnded(t *testing.T) {
	svg := Seeds(swept(), View{})
	find(t, svg, "text", "1 failed: seed 3")
	for _, e := range elements(t, svg) {
		if e.name == "rect" && strings.Contains(e.text, "2 runs, 1 failed") && e.attrs["class"] == "failed" {
			return
		}
	}
	t.Errorf("nothing says that of two runs that ended together one has failed:\n%s", svg)
}

func TestTheShareOfRunsThatHaveEndedRisesWhereTheyEnd(t *testing.T) {
	x, y := scale{high: 10, to: 100}, scale{high: 1, from: 50}
	got := risen([]time.Duration{2, 2, 2, 5}, x, y)
	want := []spot{{0, 50}, {20, 50}, {20, 12.5}, {50, 12.5}, {50, 0}}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// safe are all elements and attributes of pictures. None of them loads or runs anything, or carries a style of its own.
var safe = regexp.MustCompile(`^(svg|title|desc|text|rect|line|path|class|role|viewBox|width|height|x|y|x1|y1|x2|y2|d|xmlns)$`)

func TestHostileValuesStayTexts(t *testing.T) {
	for _, evil := range []string{
		`</svg><script>alert(1)</script>`, `"onload="alert(1)`, "\x00\x1b[31mred\x07", "\u202eevil", "\xff\xfe", "]]>", "&lt;&#x0;", "<![CDATA[",
		strings.Repeat("long ", 1<<20), strings.Repeat("\n", 1000),
	} {
		s, sweep := told(), swept()
		s.Spans[0].Text, s.Moments[0].Name, s.Lanes[0].Node, s.Lanes[1].Name, s.Lanes[1].Points[0].Value = evil, evil, evil, evil, evil
		s.Series[0].Name, s.Series = evil, append(s.Series, s.Series[0])
		s.History.Operations[0].Client, s.History.Operations[0].Text, s.History.Operations[1].Status, s.History.Reason = evil, evil, evil, evil
		for name, svg := range pictures(s, sweep, View{}) {
			if len(svg) > 100_000 {
				t.Errorf("%s: %d bytes for %q", name, len(svg), clip(evil, 20))
			}
			if strings.ContainsAny(svg, "\x1b\x00\u202e") {
				t.Errorf("%s: a control character for %q", name, clip(evil, 20))
			}
			for _, e := range elements(t, svg) {
				for attr := range e.attrs {
					if !safe.MatchString(e.name) || !safe.MatchString(attr) {
						t.Errorf("%s: <%s %s=...> for %q", name, e.name, attr, clip(evil, 20))
					}
				}
			}
		}
	}
}

func TestOddNumbersStillMakeAPicture(t *testing.T) {
	const most, least = time.Duration(math.MaxInt64), time.Duration(math.MinInt64)
	for _, at := range []time.Duration{0, 1, -1, most, least} {
		for _, v := range []float64{0, -1, math.NaN(), math.Inf(1), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64} {
			s := &result.Story{
				Lanes:   []result.Lane{{Node: "n", Name: "x", Points: []result.Point{point(at, v), point(at, 1)}}, {Node: "n", Name: "none"}},
				Spans:   []result.Span{{Text: "f", From: at, To: most}, {Text: "g", From: at, To: least}},
				Series:  []result.Series{{Name: "s", Buckets: []result.Bucket{{At: at, For: at, Requests: 1, P50: at, P99: at, Max: at}}}},
				History: &result.History{Operations: []result.Operation{{Client: "c", From: at, To: -at, Bad: true}}},
			}
			sweep := &result.Sweep{Ends: []result.End{{At: at}, {At: at}}}
			for _, view := range []View{{}, {From: at, To: most}, {Width: -5, From: most, To: least}} {
				for name, svg := range pictures(s, sweep, view) {
					elements(t, svg)
					if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") || len(svg) > 200_000 {
						t.Errorf("%s at %d with %v: %d bytes\n%s", name, at, v, len(svg), clip(svg, 3000))
					}
				}
			}
		}
	}
}

func TestNothingToDrawIsNoPicture(t *testing.T) {
	for name, svg := range pictures(&result.Story{}, &result.Sweep{}, View{}) {
		if svg != "" {
			t.Errorf("%s of nothing: %q", name, svg)
		}
	}
}

func TestEveryClassHasAStyle(t *testing.T) {
	styles := regexp.MustCompile(`\.[a-z][a-z0-9]*`).FindAllString(Style, -1)
	for name, svg := range pictures(told(), swept(), View{}) {
		for _, e := range elements(t, svg) {
			for _, class := range strings.Fields(e.attrs["class"]) {
				if !slices.Contains(styles, "."+class) {
					t.Errorf("%s: the class %q of <%s> is not in style.css", name, class, e.name)
				}
			}
		}
	}
}

func TestPicturesSpeak(t *testing.T) {
	want := map[string]string{
		"lanes": "n1 role: 4 values, at last None since 600ms", "history": "4 operations, of which 2 contradict each other",
		"series0": "400 requests, 50 errors", "compare": "p50 1ms, p99 20ms", "seeds": "4 runs, 1 failed; the first ended after 1s",
	}
	for name, svg := range pictures(told(), swept(), View{}) {
		all := elements(t, svg)
		if all[0].attrs["role"] != "img" || all[1].name != "title" || all[1].text == "" || all[2].name != "desc" {
			t.Errorf("%s begins with %v", name, all[:3])
		}
		if !strings.Contains(all[2].text, want[name]) {
			t.Errorf("%s says %q, want %q in it", name, all[2].text, want[name])
		}
	}
}
