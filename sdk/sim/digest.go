package sim

import (
	"encoding/binary"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/sdk/value"
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
	noteAddEffect
	noteRemoveEffect
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
func (n *Node) noteEvent(class value.Class, name string, fields value.Fields) {
	n.note(noteEvent, uint64(class), xxhash.Sum64String(name))
	value.AddHash(&n.digest, fields)
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
