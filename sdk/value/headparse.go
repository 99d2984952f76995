package value

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

// ParseHead reads the head at the start of a datagram. The payload is data[size:]. The head does not alias data. The
// error is ErrNoMessage, with what is wrong, for every datagram that AppendHead cannot have begun.
func ParseHead(data []byte) (h Head, size int, err error) {
	if len(data) < 4 || data[0] != headMark0 || data[1] != headMark1 {
		return Head{}, 0, ErrNoMessage
	}
	if data[2] != headVersion {
		return Head{}, 0, fmt.Errorf("%w: head of version %d, want %d", ErrNoMessage, data[2], headVersion)
	}
	length, n := binary.Uvarint(data[3:])
	if n <= 0 || length > uint64(len(data)-3-n) {
		return Head{}, 0, fmt.Errorf("%w: head cut short", ErrNoMessage)
	}
	size = 3 + n + int(length)
	p := headParser{data: data[3+n : size]}
	h.Type = p.text()
	h.Fields = p.fields(0)
	if p.failed || len(p.data) > 0 || h.Type == "" {
		return Head{}, 0, fmt.Errorf("%w: damaged head", ErrNoMessage)
	}
	return h, size, nil
}

// headParser takes values off the front of data. After a failure it returns zero values.
type headParser struct {
	data   []byte
	failed bool
}

func (p *headParser) fail() {
	p.failed = true
	p.data = nil
}

// count reads a number of things that take at least min bytes each, so that a damaged count cannot make us allocate.
func (p *headParser) count(min int) int {
	v, n := binary.Uvarint(p.data)
	if n <= 0 || v > uint64((len(p.data)-n)/min) {
		p.fail()
		return 0
	}
	p.data = p.data[n:]
	return int(v)
}

func (p *headParser) bytes() []byte {
	n := p.count(1)
	b := p.data[:n]
	p.data = p.data[n:]
	return b
}

func (p *headParser) text() string { return string(p.bytes()) }

func (p *headParser) varint() int64 {
	v, n := binary.Varint(p.data)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.data = p.data[n:]
	return v
}

func (p *headParser) float() float64 {
	if len(p.data) < 8 {
		p.fail()
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(p.data))
	p.data = p.data[8:]
	return v
}

func (p *headParser) fields(depth int) Fields {
	n := p.count(2)
	if n == 0 || depth > headDepth {
		p.failed = p.failed || n > 0
		return nil
	}
	fields := make(Fields, n)
	for i := range fields {
		fields[i].Name = p.text()
		fields[i].Value = p.value(depth)
	}
	return fields
}

func (p *headParser) value(depth int) any {
	if len(p.data) == 0 || depth > headDepth {
		p.fail()
		return nil
	}
	tag := p.data[0]
	p.data = p.data[1:]
	switch tag {
	case tagNone:
		return nil
	case tagFalse, tagTrue:
		return tag == tagTrue
	case tagInteger:
		return p.varint()
	case tagFloat:
		return p.float()
	case tagText:
		return p.text()
	case tagBytes:
		return append([]byte{}, p.bytes()...)
	case tagDuration:
		return time.Duration(p.varint())
	case tagRate:
		return link.Rate(p.varint())
	case tagAddr:
		return Addr(p.text())
	case tagNode:
		return Node(p.text())
	case tagList:
		return p.list(depth)
	case tagDict:
		return p.fields(depth + 1)
	}
	p.fail()
	return nil
}

func (p *headParser) list(depth int) any {
	list := make([]any, p.count(1))
	for i := range list {
		list[i] = p.value(depth + 1)
	}
	return list
}
