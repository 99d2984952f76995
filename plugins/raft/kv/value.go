package kv

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/netlab-dev/netlab/plugins/raft/parse"
)

// MaxKey and MaxText are the longest key and text in bytes: a cas with two such texts fits into an entry of the log,
// and into a datagram.
const (
	MaxKey  = 256
	MaxText = 16 << 10
)

// Value is what a key holds: nothing, a text or an integer. Values are equal by ==; the text "1" and the integer 1 are
// not. The zero Value is nothing, and never stored.
type Value struct {
	kind   byte
	text   string
	number int64
}

const (
	nothing byte = iota
	text
	integer
)

// Text is a text as a value.
func Text(s string) Value { return Value{kind: text, text: s} }

// Integer is an integer as a value.
func Integer(n int64) Value { return Value{kind: integer, number: n} }

// ValueOf turns what a script gives into a value: nil, a text in UTF-8 or an integer.
func ValueOf(given any) (Value, error) {
	switch g := given.(type) {
	case nil:
		return Value{}, nil
	case int64:
		return Integer(g), nil
	case string:
		v := Text(g)
		return v, v.check()
	}
	return Value{}, fmt.Errorf("want text or an integer, got %v (%T)", given, given)
}

// Any is the value as scripts receive it: nil, string or int64.
func (v Value) Any() any {
	switch v.kind {
	case text:
		return v.text
	case integer:
		return v.number
	}
	return nil
}

// IsNothing reports whether v is what an absent key holds.
func (v Value) IsNothing() bool { return v.kind == nothing }

// String is the value as a script would write it.
func (v Value) String() string {
	switch v.kind {
	case text:
		return strconv.Quote(v.text)
	case integer:
		return strconv.FormatInt(v.number, 10)
	}
	return "None"
}

// plus adds to an integer, or to nothing, which counts as 0.
func (v Value) plus(by int64) (Value, Status) {
	switch {
	case v.kind == text:
		return v, NotInteger
	case by > 0 && v.number > math.MaxInt64-by, by < 0 && v.number < math.MinInt64-by:
		return v, Overflow
	}
	return Integer(v.number + by), Done
}

func (v Value) check() error {
	switch {
	case len(v.text) > MaxText:
		return fmt.Errorf("text of %d bytes, at most %d", len(v.text), MaxText)
	case !utf8.ValidString(v.text):
		return fmt.Errorf("text %.40q is not UTF-8", v.text)
	}
	return nil
}

func (v Value) append(b []byte) []byte {
	b = append(b, v.kind)
	switch v.kind {
	case text:
		b = appendText(b, v.text)
	case integer:
		b = binary.AppendVarint(b, v.number)
	}
	return b
}

func parseValue(p *parse.Bytes) Value {
	switch p.Byte() {
	case nothing:
		return Value{}
	case text:
		return Text(string(p.Text()))
	case integer:
		return Integer(p.Varint())
	}
	p.Failed = true
	return Value{}
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}
