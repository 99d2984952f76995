package result

import (
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// course is a short trace with a line of each sort.
func course() []Line {
	at := func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
	return []Line{
		{at(998), "", Faulty, "", "x.star:12  isolate n1"},
		{at(1000), "n1", Sent, "n2", "append term=2 index=7"},
		{at(1000), "n1", Dropped, "lb", "append term=2, lost (cut)"},
		{at(1012), "n2", Received, "n1", "append term=2 index=7"},
		{at(1012), "n2", "", "", "became_leader term=3"},
		{at(10500), "", Marked, "", "the leader is cut off"},
		{at(61000), "", Wrong, "", "x.star:14  check(new.term > old.term and the rest of a line that is rather long)"},
	}
}

func TestATraceIsAlignedAndGoesOnUnderItself(t *testing.T) {
	want := `  trace of n1, n2
     0.998s      ||      x.star:12  isolate n1
     1.000s  n1  ->  n2  append term=2 index=7
     1.000s  n1  x   lb  append term=2, lost (cut)
     1.012s  n2  <-  n1  append term=2 index=7
     1.012s  n2          became_leader term=3
    10.500s      *       the leader is cut off
    61.000s      ✗       x.star:14  check(new.term >
                         old.term and the rest of a
                         line that is rather long)
`
	if diff := cmp.Diff(want, Text{Width: 54}.Trace("trace of n1, n2", course())); diff != "" {
		t.Error(diff)
	}
}

func TestATraceOfAnotherMicrosecondHasThem(t *testing.T) {
	got := Text{}.Trace("trace", []Line{{At: time.Second, Text: "a"}, {At: time.Second + 1600*time.Nanosecond, Text: "b"}})
	if want := "  trace\n    1.000000s        a\n    1.000002s        b\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

var escapes = regexp.MustCompile("\x1b\\[[0-9]+m")

func TestColoursOfATraceChangeNothingElse(t *testing.T) {
	plain, coloured := Text{Width: 54}.Trace("trace", course()), Text{Colour: true, Width: 54}.Trace("trace", course())
	if !strings.Contains(coloured, "\x1b[31mx\x1b[0m") || escapes.ReplaceAllString(coloured, "") != plain {
		t.Errorf("got %q", coloured)
	}
}

// TestHostileNamesStayInTheirCells holds every column of a trace against names and texts that would move the cursor, open
// lines of their own or take two columns a letter.
func TestHostileNamesStayInTheirCells(t *testing.T) {
	hostile := []string{"\x1b[2J\x1b[31m", "a\nb\tc\rd", "日本語のノード", "e\u0301e\u0301", "👩\u200d👩\u200d👧", "\u202egnp.exe", "\xff\xfe",
		strings.Repeat("n", 1<<20), strings.Repeat("日", 1<<20), strings.Repeat("\u0301", 1<<20), "\x00"}
	for _, width := range []int{0, 20, 40, 80, 200} {
		for _, name := range hostile {
			lines := append(course(), Line{time.Second, name, Sent, name, name})
			got := Text{Width: width}.Trace(name[:min(len(name), 100)], lines)
			if strings.ContainsFunc(got, func(r rune) bool { return r != '\n' && unicode.IsControl(r) }) || len(got) > 100_000 {
				t.Errorf("%.20q: got %.300q", name, got)
			}
			checkColumns(t, name, width, got)
		}
	}
}

// checkColumns checks that each time begins a line, and that no line leaves the screen.
func checkColumns(t *testing.T, name string, width int, got string) {
	t.Helper()
	if n := len(regexp.MustCompile(`(?m)^ +\d+\.\d+s  `).FindAllString(got, -1)); n != len(course())+1 {
		t.Errorf("%.20q: %d lines begin with a time, want %d\n%.3000s", name, n, len(course())+1, got)
	}
	for line := range strings.Lines(got) {
		if columns := Columns(strings.TrimSuffix(line, "\n")); width >= 40 && columns > width {
			t.Errorf("%.20q: %d columns of %d: %q", name, columns, width, line)
		}
	}
}

func TestColumnsAreThoseOfATerminal(t *testing.T) {
	for text, want := range map[string]int{"abc": 3, "é": 1, "e\u0301": 1, "日本": 4, "ｆ": 2, "🙂": 2, "✓": 1, "…": 1, "": 0} {
		if got := Columns(text); got != want {
			t.Errorf("%q takes %d columns, want %d", text, got, want)
		}
	}
}

func TestTablesAlignWideLetters(t *testing.T) {
	got := Table([][]string{{"日本", "a", "x"}, {"abc", "", "end"}, {"alone"}})
	if want := "日本  a  x\nabc      end\nalone\n"; got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	sweep := Sweep{Asked: 2, Runs: 2}
	sweep.ID, sweep.Engine = "test_é[city=日本]", "sim"
	if got := (Text{Names: 20}).Sweep(&sweep); !strings.HasPrefix(got, "  ✓ test_é[city=日本]     sim ") {
		t.Errorf("got %q, want the name padded to 20 columns", got)
	}
}
