package sim

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/sdk/env"
	"github.com/netlab-dev/netlab/sdk/link"
)

// What a node's digest tells apart.
const (
	noteTimer uint64 = iota + 1
	noteDatagram
	noteSegment
	noteSync
	noteEvent
	noteStart
	noteCrash
	notePause
	noteResume
	noteFail
	noteCut
	noteHeal
	noteReset
	noteContent
	noteClock
)

// note adds something that has happened to the node, now, to its digest.
func (n *Node) note(what, a, b uint64) {
	var record [32]byte
	binary.LittleEndian.PutUint64(record[0:], what)
	binary.LittleEndian.PutUint64(record[8:], uint64(n.world.now))
	binary.LittleEndian.PutUint64(record[16:], a)
	binary.LittleEndian.PutUint64(record[24:], b)
	n.digest.Write(record[:])
}

// noteEvent adds an event, with its fields, to the node's digest.
func (n *Node) noteEvent(class env.Class, name string, fields env.Fields) {
	n.note(noteEvent, uint64(class), xxhash.Sum64String(name))
	hashValue(&n.digest, fields)
}

// Digest sums up everything that has happened in the world: equal for two runs of the same seed and commands, by the
// same binary, Go version and architecture.
func (w *World) Digest() uint64 {
	d := xxhash.New()
	for _, n := range w.order {
		var sum [8]byte
		binary.LittleEndian.PutUint64(sum[:], n.digest.Sum64())
		d.WriteString(n.name)
		d.Write(sum[:])
	}
	return d.Sum64()
}

// Digests are those that Digest sums up: one for each node, in the order of their names.
func (w *World) Digests() []uint64 {
	sums := make([]uint64, len(w.order))
	for i, n := range w.order {
		sums[i] = n.digest.Sum64()
	}
	return sums
}

// hashValue adds one of the values that package env lists. Types and lengths are part of the hash, so that values
// cannot run into each other.
func hashValue(d *xxhash.Digest, value any) {
	switch v := value.(type) {
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
	case env.Addr:
		hashText(d, 'a', string(v))
	case env.Node:
		hashText(d, 'N', string(v))
	case []any:
		hashWord(d, 'l', uint64(len(v)))
		for _, item := range v {
			hashValue(d, item)
		}
	case env.Fields:
		hashWord(d, 'F', uint64(len(v)))
		for _, field := range v {
			hashText(d, 'k', field.Name)
			hashValue(d, field.Value)
		}
	default: // env.Object, link.Draw: structs of plain values, whose text tells them apart
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
