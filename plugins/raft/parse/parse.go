// Package parse takes values off the front of bytes that may come from anywhere: the journal, messages and commands of
// the log are all read by it. Reading beyond the end is no panic but a mark, so that a form of many values is read in
// one expression and judged once:
//
//	p := parse.Bytes{Rest: data}
//	index, name := p.Uvarint(), string(p.Text())
//	if p.Failed || len(p.Rest) > 0 {
//		return fmt.Errorf("damaged")
//	}
package parse

import "encoding/binary"

// Bytes is what is left to read. After a failure it returns zero values.
type Bytes struct {
	Rest   []byte
	Failed bool
}

func (p *Bytes) fail() {
	p.Failed, p.Rest = true, nil
}

// Uvarint takes an unsigned integer in the form of encoding/binary.
func (p *Bytes) Uvarint() uint64 {
	v, n := binary.Uvarint(p.Rest)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.Rest = p.Rest[n:]
	return v
}

// Varint takes a signed integer in the form of encoding/binary.
func (p *Bytes) Varint() int64 {
	v, n := binary.Varint(p.Rest)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.Rest = p.Rest[n:]
	return v
}

// Byte takes one byte.
func (p *Bytes) Byte() byte {
	if len(p.Rest) == 0 {
		p.fail()
		return 0
	}
	b := p.Rest[0]
	p.Rest = p.Rest[1:]
	return b
}

// Text takes a uvarint length and that many bytes. They alias what is read, and cannot grow into what follows.
func (p *Bytes) Text() []byte {
	n := p.Uvarint()
	if n > uint64(len(p.Rest)) {
		p.fail()
		return nil
	}
	b := p.Rest[:n:n]
	p.Rest = p.Rest[n:]
	return b
}
