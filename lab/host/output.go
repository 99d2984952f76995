package host

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/netlab-dev/netlab/lab/trouble"
)

const (
	tailSize  = 64 << 10 // what is kept of a process's output
	lineSize  = 64 << 10 // a longer line is passed on in pieces
	panicSize = 16 << 10 // what is kept of a panic: its text and the first stacks
	shownLine = 300      // of a line, in an error
	shownLast = 30       // lines, in an error
)

// output keeps the end of what a process has printed, remembers its last panic and passes whole lines on to a log.
// Bytes are never interpreted beyond looking for lines. Safe for concurrent use.
type output struct {
	log io.Writer // may be nil

	mu      sync.Mutex
	tail    []byte
	panic   []byte
	inPanic bool
}

// source is one stream of a process's output. Lines of two sources do not mix.
type source struct {
	out  *output
	part []byte // the unfinished line
}

func (s *source) Write(data []byte) (int, error) {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	s.out.keep(data)
	rest := data
	for {
		line, after, whole := bytes.Cut(rest, []byte("\n"))
		s.part = append(s.part, line...)
		if whole || len(s.part) >= lineSize {
			s.out.pass(append(s.part, '\n'))
			s.part = s.part[:0]
		}
		if !whole {
			return len(data), nil
		}
		rest = after
	}
}

// flush passes an unfinished line on.
func (s *source) flush() {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if len(s.part) > 0 {
		s.out.pass(append(s.part, '\n'))
		s.part = s.part[:0]
	}
}

// keep appends to the tail. Called with mu held.
func (o *output) keep(data []byte) {
	data = data[max(0, len(data)-tailSize):]
	o.tail = append(o.tail, data...)
	if len(o.tail) > 2*tailSize {
		o.tail = append(o.tail[:0], o.tail[len(o.tail)-tailSize:]...)
	}
}

// pass hands one line, with its newline, to the log. Called with mu held.
func (o *output) pass(line []byte) {
	if bytes.HasPrefix(line, []byte("panic: ")) || bytes.HasPrefix(line, []byte("fatal error: ")) {
		o.panic, o.inPanic = o.panic[:0], true
	}
	if o.inPanic && len(o.panic) < panicSize {
		o.panic = append(o.panic, line...)
	}
	if o.log != nil {
		_, _ = o.log.Write(line)
	}
}

// said returns the end of the output and the text of the last panic, if there was one.
func (o *output) said() (tail, panicText string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	last := o.tail
	if len(last) >= tailSize { // it may have been cut
		last = bytes.TrimLeftFunc(last[len(last)-tailSize:], func(r rune) bool { return r == utf8.RuneError }) // half a letter
	}
	return string(last), strings.TrimSpace(string(o.panic))
}

// lastLines are the lines that the process printed last, as many as an error shows.
func (o *output) lastLines() string {
	tail, _ := o.said()
	lines := strings.Split(strings.TrimSpace(tail), "\n")
	lines = lines[max(0, len(lines)-shownLast):]
	for i, line := range lines {
		lines[i] = trouble.Shorten(line, shownLine)
	}
	return strings.Join(lines, "\n")
}
