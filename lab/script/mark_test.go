package script

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/result"
)

func TestAMarkStandsAmongTheLastEventsAndIsNone(t *testing.T) {
	r := runText(t, newWorld(), `
def test_x(lab):
    n = lab.add("box")
    lab.mark("two\nlines")
    lab.sleep(1*s)
    n.emit("voted", term = 1)
    lab.mark("it has voted")
    lab.sleep(1*s)
    check(len(lab.events()) == 2)
`)
	want := `  last events
    (mark)  0s  two\nlines
    (mark)  1s  it has voted
    box     1s  voted term=1 who="box"
`
	if text := textOf(r); !strings.Contains(text, want) {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
}

func TestTheLatestMarksAreKept(t *testing.T) {
	r := &run{engine: newWorld()}
	for i := range 5000 {
		r.mark(fmt.Sprint(i))
		if len(r.marks) >= 2*mostMarks {
			t.Fatalf("%d marks are kept", len(r.marks))
		}
	}
	r.mark(strings.Repeat("x", 1000000))
	last := r.lastMarks()
	want := []result.Event{{Name: "4999"}, {Name: strings.Repeat("x", maxMarkBytes) + " ... (999500 more bytes)"}}
	if diff := cmp.Diff(want, last[len(last)-2:]); diff != "" || len(r.marks) < mostMarks {
		t.Errorf("%d marks, the last of them %s", len(r.marks), diff)
	}
}

func TestWhatTheScriptDidStandsBeforeWhatFollowed(t *testing.T) {
	said := &mark{}
	got := ""
	for _, p := range ordered([]part{
		{at: 2, number: 9, deed: none}, // the world
		{at: 2, number: 7, deed: 3},    // a call
		{at: 2, number: 8, deed: none}, // what it led to
		{at: 2, number: 6, deed: none}, // the world, before the call
		{at: 1, number: 5, deed: none},
		{at: 2, deed: 4, mark: said}, {at: 2, deed: 2, mark: said}, {at: 2, deed: 1}, {at: 3, deed: 6, mark: said}, {at: 2, deed: none},
	}) {
		of := min(p.deed, 10)
		if p.number > 0 {
			of = p.number
		}
		got += fmt.Sprintf("%d.%d ", p.at, of)
	}
	if want := "1.5 2.1 2.2 2.6 2.7 2.4 2.8 2.9 2.10 3.6 "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
