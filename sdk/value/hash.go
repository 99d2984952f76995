package value

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/sdk/link"
)

// AddHash adds a value to the hash, with its type and its length, so that values cannot run into each other.
func AddHash(d *xxhash.Digest, v any) {
	switch v := v.(type) {
	case nil:
		hashWord(d, 'n', 0)
	case bool:
		word := uint64(0)
		if v {
			word = 1
		}
		hashWord(d, 'b', word)
	case int64:
		hashWord(d, 'i', uint64(v))
	case float64:
		hashWord(d, 'f', math.Float64bits(v))
	case string:
		hashText(d, 's', v)
	case []byte:
		hashWord(d, 'y', uint64(len(v)))
		d.Write(v)
	case time.Duration:
		hashWord(d, 'd', uint64(v))
	case link.Rate:
		hashWord(d, 'r', uint64(v))
	case Addr:
		hashText(d, 'a', string(v))
	case Node:
		hashText(d, 'N', string(v))
	case []any:
		hashWord(d, 'l', uint64(len(v)))
		for _, item := range v {
			AddHash(d, item)
		}
	case Fields:
		hashWord(d, 'F', uint64(len(v)))
		for _, field := range v {
			hashText(d, 'k', field.Name)
			AddHash(d, field.Value)
		}
	case Object, Function:
		hashText(d, 'o', strings.Replace(fmt.Sprintf("%T%+v", v, v), "value.", "env.", 1))
	default: // link.Draw
		hashText(d, 'o', fmt.Sprintf("%T%+v", v, v))
	}
}

func hashWord(d *xxhash.Digest, kind byte, word uint64) {
	var b [9]byte
	b[0] = kind
	binary.LittleEndian.PutUint64(b[1:], word)
	d.Write(b[:])
}

func hashText(d *xxhash.Digest, kind byte, text string) {
	hashWord(d, kind, uint64(len(text)))
	d.WriteString(text)
}
