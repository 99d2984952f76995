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
