package program

import (
	"bytes"
	"strings"
)

const (
	maxLine  = 64 << 10 // bytes of a line of output; the rest is the next line
	maxWords = 4 << 10  // bytes of output that a failure shows
)

// terminal is standard input, output or error: input is at its end, output is written by lines.
type terminal struct{ number int32 }

func (*terminal) filetype() byte                     { return typeCharacter }
func (*terminal) readable() bool                     { return true }
func (*terminal) writable() bool                     { return true }
func (*terminal) read(*process, int) ([]byte, errno) { return nil, success }
func (t *terminal) write(p *process, data []byte) (int, errno) {
	if t.number == 0 {
		return 0, eBadf
	}
	p.output.write(t.number, data)
	return len(data), success
}
func (*terminal) close(*process) {}

// output is what the program writes to standard output and error: lines, for the node's log.
type output struct {
	process *process
	awaits  string // the text of the line that makes the program ready
	begun   [2][]byte
	last    string
	panic   []byte // a panic of Go, from its line on, with the stack of the goroutine that it came up in
	stacks  int    // of goroutines, since then
}

// write takes what was written to descriptor 1 or 2.
func (o *output) write(fd int32, data []byte) {
	begun := &o.begun[fd-1]
	for len(data) > 0 {
		n := bytes.IndexByte(data, '\n')
		piece := data[:min(len(data), maxLine-len(*begun))]
		whole := len(piece) == maxLine-len(*begun)
		if n >= 0 && n < len(piece) {
			piece, whole = data[:n+1], true
		}
		*begun = append(*begun, piece...)
		if data = data[len(piece):]; whole {
			o.line(fd, string(bytes.TrimRight(*begun, "\r\n")))
			*begun = (*begun)[:0]
		}
	}
}

// flush ends lines that lack their end.
func (o *output) flush() {
	for i, begun := range o.begun {
		if len(begun) > 0 {
			o.line(int32(i+1), string(begun))
			o.begun[i] = nil
		}
	}
}

// line is one line of output: an event, or for the log.
func (o *output) line(fd int32, text string) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	p := o.process
	if o.awaits != "" && strings.Contains(text, o.awaits) {
		p.usable()
	}
	if told, ok := strings.CutPrefix(text, "@lab "); ok && fd == 1 {
		what, value, _ := strings.Cut(told, " ")
		p.env.Emit(Said{What: what, Value: value})
		return
	}
	if text != "" {
		o.last = text[:min(len(text), maxWords)]
	}
	begins := strings.HasPrefix(text, "panic: ") || strings.HasPrefix(text, "fatal error: ")
	if strings.HasPrefix(text, "goroutine ") {
		o.stacks++
	}
	if begins && len(o.panic) == 0 {
		o.stacks = 0
	}
	if room := maxWords - len(o.panic); room > 0 && o.stacks < 2 && (begins || len(o.panic) > 0) {
		o.panic = append(append(o.panic, text[:min(len(text), room)]...), '\n')
	}
	p.env.Log().Info(text)
}

// lastWords is what an exit code means to the program: a panic of Go with its stack, else the last line.
func (o *output) lastWords() string {
	o.flush()
	switch {
	case len(o.panic) > 0:
		return ": " + strings.ToValidUTF8(strings.TrimSpace(string(o.panic)), "")
	case o.last != "":
		return ": " + strings.ToValidUTF8(o.last, "")
	}
	return ""
}
