package program

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"slices"
)

// image is the memory of a module as it begins, in a file that has no name. All its programs share the file's pages until
// they write to them: without it, wazero copies the module's data, some thousand pieces in one of Go, for each of them.
type image struct {
	file *os.File
	size int
}

// segment is a piece of a module's data.
type segment struct {
	at   int
	data []byte
}

// newImage takes the data out of a module: rest is the module without. It is nil for a module whose data is more than pieces at
// fixed places, and where no file can be made; then the module stays as it is.
func newImage(code []byte) (i *image, rest []byte) {
	rest, segments, ok := takeData(code)
	if !ok {
		return nil, code
	}
	file, err := os.CreateTemp("", "lab-image-*")
	if err != nil {
		return nil, code
	}
	last := segments[len(segments)-1]
	i = &image{file: file, size: (last.at + len(last.data) + pageSize - 1) / pageSize * pageSize}
	if err := errors.Join(os.Remove(file.Name()), file.Truncate(int64(i.size)), i.write(segments)); err != nil {
		_ = file.Close()
		return nil, code
	}
	return i, rest
}

// write writes the pieces, of which the next ones are near, as a rule.
func (i *image) write(segments []segment) error {
	const most = 1 << 20
	var gathered []byte
	start := 0
	flush := func() error {
		_, err := i.file.WriteAt(gathered, int64(start))
		gathered = gathered[:0]
		return err
	}
	for _, s := range segments {
		if len(gathered) == 0 || s.at-start > most {
			if err := flush(); err != nil {
				return err
			}
			start = s.at
		}
		gathered = append(gathered, make([]byte, s.at-start-len(gathered))...)
		gathered = append(gathered, s.data...)
	}
	return flush()
}

// The sections of a module that matter here, by their numbers.
const (
	memorySection    = 5
	dataSection      = 11
	dataCountSection = 12 // of a module that uses its data while it runs
)

// takeData is the module without its data, and the data by its places; not ok unless these are fixed, within the memory,
// and no two pieces share one.
func takeData(code []byte) (rest []byte, segments []segment, ok bool) {
	const header = 8
	if len(code) < header {
		return nil, nil, false
	}
	rest = append(rest, code[:header]...)
	memory := 0
	for r := (reader{b: code[header:]}); len(r.b) > 0; {
		before := r.b
		id, body := r.byte(), r.bytes(r.number())
		switch {
		case r.bad || id == dataCountSection:
			return nil, nil, false
		case id == memorySection:
			m := reader{b: body}
			if m.number() != 1 {
				return nil, nil, false
			}
			m.byte() // whether it has a limit
			memory = m.number() * pageSize
		case id == dataSection:
			if segments, ok = dataOf(body, memory); !ok {
				return nil, nil, false
			}
			continue
		}
		rest = append(rest, before[:len(before)-len(r.b)]...)
	}
	return rest, segments, len(segments) > 0
}

func dataOf(section []byte, memory int) (segments []segment, ok bool) {
	const fixed, constant, end = 0, 0x41, 0x0b
	r := reader{b: section}
	for n := r.number(); n > 0 && !r.bad; n-- {
		if r.number() != fixed || r.byte() != constant {
			return nil, false
		}
		at := r.signed()
		if r.byte() != end {
			return nil, false
		}
		data := r.bytes(r.number())
		segments = append(segments, segment{at, data})
	}
	slices.SortFunc(segments, func(a, b segment) int { return cmp.Compare(a.at, b.at) })
	next := 0
	for _, s := range segments {
		if s.at < next || s.at+len(s.data) > memory {
			return nil, false
		}
		next = s.at + len(s.data)
	}
	return segments, !r.bad && len(r.b) == 0
}

// reader takes apart what a module is made of. What is not there is 0, and noted.
type reader struct {
	b   []byte
	bad bool
}

func (r *reader) bytes(n int) []byte {
	if n > len(r.b) {
		r.b, r.bad = nil, true
		return nil
	}
	taken := r.b[:n]
	r.b = r.b[n:]
	return taken
}

func (r *reader) byte() byte {
	if b := r.bytes(1); b != nil {
		return b[0]
	}
	return 0
}

// number is an unsigned one of 32 bits, in groups of seven.
func (r *reader) number() int {
	v, n := binary.Uvarint(r.b)
	if n <= 0 || v > math.MaxUint32 {
		r.b, r.bad = nil, true
		return 0
	}
	r.b = r.b[n:]
	return int(v)
}

// signed is a signed one: the last group's highest bit but one is its sign.
func (r *reader) signed() int {
	before := r.b
	v := r.number()
	if bits := 7 * (len(before) - len(r.b)); bits > 0 && bits < 64 && before[bits/7-1]&0x40 != 0 {
		v -= 1 << bits
	}
	return v
}
