package value

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

// Head is what stands before a message's payload. On the network it reads:
//
//	0xAB 'L' 1                          two bytes that mark a message, and the version of this form
//	uvarint length, that many bytes     the body:
//	  text                              the type
//	  uvarint count, count times:
//	    text, value                     a field
//
// A text is a uvarint length and its bytes. A value is a tag byte, then: nothing for none, false and true; a zig-zag
// varint for an integer, duration and rate; 8 bytes, little endian, for a float; a text for text, bytes, address and
// node; a uvarint count and values for a list; a uvarint count and (text, value) pairs for a dict.
type Head struct {
	Type   string
	Fields Fields
}

var (
	// ErrNoMessage says that a datagram does not begin with a message's head.
	ErrNoMessage = errors.New("not a message")
	// ErrTooLarge refuses what no datagram can hold.
	ErrTooLarge = errors.New("datagram too large")
)

const (
	headMark0, headMark1, headVersion = 0xAB, 'L', 1

	headDepth = 8 // nesting of lists and dicts
)

const (
	tagNone = iota
	tagFalse
	tagTrue
	tagInteger
	tagFloat
	tagText
	tagBytes
	tagDuration
	tagRate
	tagAddr
	tagNode
	tagList
	tagDict
)

// AppendHead appends the head's form on the network to b. A type must not be empty.
func AppendHead(b []byte, h Head) ([]byte, error) {
	if h.Type == "" {
		return b, errors.New("a message needs a type")
	}
	b = append(b, headMark0, headMark1, headVersion, 0, 0, 0)
	start := len(b)
	b = appendText(b, h.Type)
	b, err := appendFields(b, h.Fields, 0)
	if err != nil {
		return b, err
	}
	// The length takes three bytes always, so that the body need not be measured or moved: 21 bits hold any datagram.
	n := len(b) - start
	if n >= 1<<21 {
		return b, fmt.Errorf("head of %d bytes: %w", n, ErrTooLarge)
	}
	b[start-3], b[start-2], b[start-1] = byte(n)|0x80, byte(n>>7)|0x80, byte(n>>14)
	return b, nil
}

// HeadSize is how many bytes at the front of b are a message's head, by its mark and length alone; 0 for what is no
// message.
func HeadSize(b []byte) int {
	if len(b) < 6 || b[0] != headMark0 || b[1] != headMark1 || b[2] != headVersion {
		return 0
	}
	length, n := binary.Uvarint(b[3:])
	if n <= 0 || length > uint64(len(b)-3-n) {
		return 0
	}
	return 3 + n + int(length)
}

func appendText[T ~string | ~[]byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendFields(b []byte, fields Fields, depth int) ([]byte, error) {
	b = binary.AppendUvarint(b, uint64(len(fields)))
	for i := range fields {
		b = appendText(b, fields[i].Name)
		var err error
		if b, err = appendValue(b, fields[i].Value, depth); err != nil {
			return b, fmt.Errorf("field %s: %w", fields[i].Name, err)
		}
	}
	return b, nil
}

func appendValue(b []byte, v any, depth int) ([]byte, error) {
	if depth > headDepth {
		return b, fmt.Errorf("nested deeper than %d", headDepth)
	}
	switch v := v.(type) {
	case nil:
		return append(b, tagNone), nil
	case bool:
		if v {
			return append(b, tagTrue), nil
		}
		return append(b, tagFalse), nil
	case int64:
		return binary.AppendVarint(append(b, tagInteger), v), nil
	case int:
		return binary.AppendVarint(append(b, tagInteger), int64(v)), nil
	case float64:
		return binary.LittleEndian.AppendUint64(append(b, tagFloat), math.Float64bits(v)), nil
	case string:
		return appendText(append(b, tagText), v), nil
	case []byte:
		return appendText(append(b, tagBytes), v), nil
	case time.Duration:
		return binary.AppendVarint(append(b, tagDuration), int64(v)), nil
	case link.Rate:
		return binary.AppendVarint(append(b, tagRate), int64(v)), nil
	case Addr:
		return appendText(append(b, tagAddr), v), nil
	case Node:
		return appendText(append(b, tagNode), v), nil
	case []any:
		return appendList(b, v, depth)
	case Fields:
		return appendFields(append(b, tagDict), v, depth+1)
	case link.Draw, Object:
		return b, fmt.Errorf("a %T cannot stand in a message's head", v)
	}
	plain, err := ValueOf(reflect.ValueOf(v))
	if err != nil {
		return b, err
	}
	return appendValue(b, plain, depth+1)
}

func appendList(b []byte, list []any, depth int) ([]byte, error) {
	b = binary.AppendUvarint(append(b, tagList), uint64(len(list)))
	for _, item := range list {
		var err error
		if b, err = appendValue(b, item, depth+1); err != nil {
			return b, err
		}
	}
	return b, nil
}
