package relay

import (
	"sync"
	"sync/atomic"
)

// chunkSize is the most that is read from a stream at once. Up to smallPiece of what was read is copied, so that
// it keeps no chunk while it waits: many connections with little under way take little memory.
const (
	chunkSize  = 128 << 10
	smallPiece = 16 << 10
)

// chunk is a pooled buffer that a reader fills from front to back, and whose larger parts wait in a queue. It goes back
// to the pool when its reader and all parts have released it.
type chunk struct {
	refs atomic.Int32
	used int // only for the reader
	data [chunkSize]byte
}

var chunks = sync.Pool{New: func() any { return new(chunk) }}

// newChunk returns an empty chunk with one reference, the reader's.
func newChunk() *chunk {
	c := chunks.Get().(*chunk)
	c.used = 0
	c.refs.Store(1)
	return c
}

func (c *chunk) release() {
	if c.refs.Add(-1) == 0 {
		chunks.Put(c)
	}
}
