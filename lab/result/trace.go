package result

import (
	"fmt"
	"strings"
	"time"
)

// Sign says what a line of a trace is.
type Sign string

// The signs. A line without one is an event of its node.
const (
	Sent     Sign = "->" // to the peer
	Received Sign = "<-" // from the peer
	Dropped  Sign = "x"  // on the way to the peer
	Faulty   Sign = "||" // a fault begins or ends
	Wrong    Sign = "✗"  // a check did not hold
	Marked   Sign = "*"  // by the script
)

// Line is one line of a trace.
type Line struct {
	At   time.Duration
	Node string // "" for what no node has done
	Sign Sign
	Peer string // of what was sent
	Text string
}

// colours of the signs.
var colours = map[Sign]string{Received: green, Dropped: red, Faulty: yellow, Wrong: red, Marked: cyan, Sent: cyan}

// Trace writes lines in aligned columns under the heading: time, node, sign, peer, text.
func (t Text) Trace(heading string, lines []Line) string {
	var b strings.Builder
	t.columns(&b, "  ", [][]cell{{{text: heading}}})
	rows := make([][]cell, len(lines))
	format := timeFormat(lines)
	for i, l := range lines {
		at := fmt.Sprintf("%*s", format.width, format.of(l.At))
		colour := colours[l.Sign]
		text := cell{text: l.Text}
		if l.Sign != Sent && l.Sign != Received {
			text.colour = colour
		}
		rows[i] = []cell{
			{text: at, colour: faint, whole: true}, {text: l.Node}, {text: string(l.Sign), colour: colour, whole: true}, {text: l.Peer}, text,
		}
	}
	t.columns(&b, "    ", rows)
	return b.String()
}

// format of times in one column: with the decimals that they need, at most those of microseconds.
type format struct{ decimals, width int }

func timeFormat(lines []Line) (f format) {
	f.decimals = 3
	for _, l := range lines {
		if l.At%time.Millisecond != 0 {
			f.decimals = 6
		}
	}
	for _, l := range lines {
		f.width = max(f.width, len(f.of(l.At)))
	}
	return f
}

func (f format) of(at time.Duration) string { return fmt.Sprintf("%.*fs", f.decimals, at.Seconds()) }
