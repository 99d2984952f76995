package script

import (
	"fmt"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// What is kept, and shown, of what a script prints in one run, in bytes.
const (
	maxPrinted     = 1 << 20
	maxPrintedLine = 16 << 10
)

// output is what a script has printed. A flood is cut: what is left out is counted.
type output struct {
	lines []string
	bytes int
	left  int // lines that were left out
}

// add keeps a line, if there is room, and returns what is kept of it.
func (o *output) add(line string) (kept string, ok bool) {
	line = trouble.Clip(line, maxPrintedLine)
	if o.left > 0 || o.bytes+len(line) > maxPrinted {
		o.left++
		return "", false
	}
	const header = 16 // a million empty lines are too many, too
	o.bytes += header + len(line)
	o.lines = append(o.lines, line)
	return line, true
}

// end says what was left out; false when nothing was.
func (o *output) end() (note string, ok bool) {
	return fmt.Sprintf("... and %s, left out: %d KiB are shown of a run", result.Count(o.left, "more line"), maxPrinted>>10), o.left > 0
}
