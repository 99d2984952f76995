package http1

import (
	"bytes"
	"io"
)

// next makes sure that a new message may begin.
func (r *Reader) next(response bool) error {
	if r.tunnel {
		return ErrTunnel
	}
	if !r.body.Done() {
		return ErrBodyUnread
	}
	r.response = response
	return nil
}

// head waits for a whole head and returns it without the empty line that ends it; r.lines tells where its lines end.
// Errors before its first byte are the connection's own: io.EOF is the good end of a connection.
func (r *Reader) head() (string, error) {
	skipped := r.response // RFC 9112 2.2: one empty line before a request is ignored
	for {
		size, err := r.scanHead()
		if err != nil {
			return "", err
		}
		if size == 2 && !skipped {
			r.start, skipped = r.start+2, true
			continue
		}
		if size == 2 {
			return "", r.refuse(400, "empty start line", "")
		}
		text := r.buf[r.start : r.start+size-2]
		r.start += size
		if string(text) != r.last {
			r.last = string(text)
		}
		return r.last, nil
	}
}

// scanHead finds the lines of a head, reading as long as it is not whole, and returns its size with the empty line.
func (r *Reader) scanHead() (size int, err error) {
	r.lines = r.lines[:0]
	begin, scanned := 0, 0
	for {
		held := r.buf[r.start:r.end]
		for {
			i := bytes.IndexByte(held[scanned:], '\n')
			if i < 0 {
				scanned = len(held)
				break
			}
			end := scanned + i + 1
			if err := r.checkHead(held[:end], begin, end, true); err != nil {
				return 0, err
			}
			if end == begin+2 {
				return end, nil
			}
			r.lines = append(r.lines, end-2)
			begin, scanned = end, end
		}
		if err := r.checkHead(held, begin, len(held), false); err != nil {
			return 0, err
		}
		if err := r.fill(); err != nil {
			if len(held) == 0 {
				return 0, err
			}
			return 0, r.broken(err)
		}
	}
}

// checkHead holds the line from begin to end, whole or not yet, against the limits, and demands CRLF of a whole one.
// The order of the checks makes the verdict independent of how the bytes arrive.
func (r *Reader) checkHead(held []byte, begin, end int, whole bool) error {
	switch {
	case len(r.lines) == 0 && end > r.limits.Line+2:
		return r.refuse(414, "start line too long", "")
	case end > r.limits.Head:
		return r.refuse(431, "head too large", "")
	case whole && (end < begin+2 || held[end-2] != '\r'):
		return r.refuse(400, "line ends in a bare LF", clip(held[begin:]))
	case len(r.lines) > r.limits.Fields && end > begin+2:
		return r.refuse(431, "too many fields", "")
	}
	return nil
}

// fields reads the fields of a head into h, without those that only frame the message.
func (r *Reader) fields(head string, h Header) (Header, framingFields, error) {
	var found framingFields
	begin := r.lines[0] + 2
	for _, end := range r.lines[1:] {
		f, err := r.field(head[begin:end])
		if err != nil {
			return h, found, err
		}
		rule, frames := found.add(f)
		if rule != "" {
			return h, found, r.refuse(400, rule, clip(head[begin:end]))
		}
		if !frames {
			h = append(h, f)
		}
		begin = end + 2
	}
	return h, found, nil
}

// field reads one field line (RFC 9112 5).
func (r *Reader) field(line string) (Field, error) {
	i := 0
	for i < len(line) && class[line[i]]&inToken != 0 {
		i++
	}
	switch {
	case i == len(line):
		return Field{}, r.refuse(400, "field without a colon", clip(line))
	case i == 0 && (line[0] == ' ' || line[0] == '\t'):
		return Field{}, r.refuse(400, "folded field line", clip(line)) // RFC 9112 5.2
	case line[i] == ' ' || line[i] == '\t':
		return Field{}, r.refuse(400, "white space in or behind a field's name", clip(line)) // RFC 9112 5.1
	case i == 0 || line[i] != ':':
		return Field{}, r.refuse(400, "field's name is not a token", clip(line))
	}
	f := Field{Name: line[:i], Value: trimOWS(line[i+1:])}
	if !only(f.Value, inValue) {
		return Field{}, r.refuse(400, "control character in a field's value", clip(line))
	}
	return f, nil
}

// begin points the Reader's body at what follows the head.
func (r *Reader) begin(framing Framing) io.Reader {
	r.body = Body{r: r, framing: framing}
	if framing >= 0 {
		r.body.left = int64(framing)
	}
	if framing == 0 {
		r.body.err = io.EOF
	}
	return &r.body
}
