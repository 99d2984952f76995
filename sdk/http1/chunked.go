package http1

import (
	"bytes"
	"io"
	"strings"
)

// nextChunk reads up to the data of the next chunk (RFC 9112 7.1), or to the end of the body, which is io.EOF.
func (b *Body) nextChunk() error {
	if b.began {
		if _, err := b.r.line(0, 400, "chunk's data is not followed by CRLF"); err != nil {
			return err
		}
	}
	b.began = true
	line, err := b.r.line(maxSizeDigits+b.r.limits.Extensions, 400, "chunk's size line too long")
	if err != nil {
		return err
	}
	size, extension, ok := chunkSize(line)
	if !ok {
		return b.r.refuse(400, "malformed chunk size", clip(line))
	}
	if !extensionsOK(string(extension)) {
		return b.r.refuse(400, "malformed chunk extension", clip(line))
	}
	if b.extensions += len(extension); b.extensions > b.r.limits.Extensions {
		return b.r.refuse(400, "too many chunk extensions", clip(line))
	}
	if size == 0 {
		return b.readTrailers()
	}
	if size > b.r.limits.Body-b.total {
		return b.r.refuse(413, "body too large", "")
	}
	b.total += size
	b.left = size
	return nil
}

// maxSizeDigits keeps a chunk's size within 60 bits.
const maxSizeDigits = 15

// chunkSize reads 1*HEXDIG at the beginning of the line and returns what follows.
func chunkSize(line []byte) (size int64, rest []byte, ok bool) {
	i := 0
	for i < len(line) && class[line[i]]&isHex != 0 {
		digit := int64(line[i] - '0')
		if digit > 9 {
			digit = int64(lower(line[i])-'a') + 10
		}
		if i++; i > maxSizeDigits {
			return 0, nil, false
		}
		size = size<<4 | digit
	}
	return size, line[i:], i > 0
}

// extensionsOK checks *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ), RFC 9112 7.1.1. White space is bad
// there, but must be accepted (RFC 9110 5.6.3); behind the size or an extension, with nothing to follow, it must not.
// What extensions say is ignored.
func extensionsOK(s string) bool {
	for s != "" {
		name, ok := behind(s, ';')
		n := tokenLength(name)
		if !ok || n == 0 {
			return false
		}
		s = name[n:]
		value, ok := behind(s, '=')
		if !ok {
			continue
		}
		if n = tokenLength(value); n == 0 {
			n = quotedLength(value)
		}
		if n == 0 {
			return false
		}
		s = value[n:]
	}
	return true
}

// behind is what follows c, when s begins with it but for white space.
func behind(s string, c byte) (rest string, ok bool) {
	s = skipBWS(s)
	if s == "" || s[0] != c {
		return "", false
	}
	return skipBWS(s[1:]), true
}

func skipBWS(s string) string { return strings.TrimLeft(s, " \t") }

func tokenLength(s string) int {
	n := 0
	for n < len(s) && class[s[n]]&inToken != 0 {
		n++
	}
	return n
}

// quotedLength is the length of the quoted-string (RFC 9110 5.6.4) at the beginning of s, 0 when there is none.
func quotedLength(s string) int {
	if s == "" || s[0] != '"' {
		return 0
	}
	for i := 1; i < len(s) && class[s[i]]&inValue != 0; i++ {
		if s[i] == '"' {
			return i + 1
		}
		if s[i] == '\\' {
			if i++; i == len(s) || class[s[i]]&inValue == 0 {
				return 0
			}
		}
	}
	return 0
}

// readTrailers reads the fields behind the last chunk (RFC 9112 7.1.2) and returns io.EOF.
func (b *Body) readTrailers() error {
	left := b.r.limits.Trailers
	for {
		line, err := b.r.line(left, 431, "trailers too large")
		if err != nil {
			return err
		}
		if len(line) == 0 {
			return io.EOF
		}
		left = max(0, left-len(line)-2)
		f, err := b.r.field(string(line))
		if err != nil {
			return err
		}
		if notInTrailer(f.Name) {
			return b.r.refuse(400, "field that may not be a trailer", clip(line))
		}
		if b.trailer = append(b.trailer, f); len(b.trailer) > b.r.limits.Fields {
			return b.r.refuse(431, "too many fields", clip(line))
		}
	}
}

// notInTrailer reports fields that frame or route a message: a recipient that merges trailers into the head would take
// them for the head's (RFC 9110 6.5.1).
func notInTrailer(name string) bool {
	return framingName(name) != "" || isHopByHop(name) || equalFold(name, "Host")
}

// chunkReady reports whether held contains the size line of the next chunk and something behind it.
func chunkReady(held []byte, began bool) bool {
	if began {
		if len(held) < 2 {
			return false
		}
		held = held[2:]
	}
	i := bytes.IndexByte(held, '\n')
	return i >= 0 && i+1 < len(held)
}
