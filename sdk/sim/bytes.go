package sim

import (
	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/sdk/ring"
)

// chunkSize is how many bytes of a stream are kept in one piece.
const chunkSize = 4 << 10

type chunk [chunkSize]byte

// bytes are those that one end of a connection has written and the other has not read. Without any they hold no memory.
type bytes struct {
	chunks ring.Ring[*chunk]
	first  uint64 // offset in the stream of the first byte of the first chunk
	read   uint64 // offset of the next byte to be read
	end    uint64 // offset behind the last one
}

// write appends a copy of p.
func (b *bytes) write(w *World, p []byte) {
	for len(p) > 0 {
		at := int(b.end-b.first) % chunkSize
		if at == 0 && int(b.end-b.first) == b.chunks.Len()*chunkSize {
			b.chunks.Push(w.newChunk())
		}
		last := *b.chunks.At(b.chunks.Len() - 1)
		n := copy(last[at:], p)
		b.end += uint64(n)
		p = p[n:]
	}
}

// take moves bytes to p, as many as fit and were written.
func (b *bytes) take(w *World, p []byte) (count int) {
	for count < len(p) && b.read < b.end {
		n := copy(p[count:], b.piece(b.read, b.end))
		count += n
		b.read += uint64(n)
		if b.read == b.end || b.read-b.first == chunkSize {
			w.freeChunk(b.chunks.Pop())
			b.first = b.read
		}
	}
	return count
}

// peek copies bytes from an offset on, as many as fit and are still there.
func (b *bytes) peek(p []byte, offset uint64) (count int) {
	for count < len(p) && b.read <= offset && offset < b.end {
		n := copy(p[count:], b.piece(offset, b.end))
		count += n
		offset += uint64(n)
	}
	return count
}

// piece is what lies in one chunk of the bytes from one offset to another.
func (b *bytes) piece(from, to uint64) []byte {
	at := from - b.first
	c := *b.chunks.At(int(at / chunkSize))
	start := at % chunkSize
	return c[start:min(start+to-from, chunkSize)]
}

// sum is a hash of the bytes from one offset to another.
func (b *bytes) sum(from, to uint64) uint64 {
	if from == to {
		return 0
	}
	if p := b.piece(from, to); uint64(len(p)) == to-from {
		return xxhash.Sum64(p)
	}
	var d xxhash.Digest
	d.Reset()
	for from < to {
		p := b.piece(from, to)
		d.Write(p)
		from += uint64(len(p))
	}
	return d.Sum64()
}

func (w *World) newChunk() *chunk {
	if last := len(w.chunks) - 1; last >= 0 {
		c := w.chunks[last]
		w.chunks = w.chunks[:last]
		return c
	}
	return new(chunk)
}

// maxChunks is how many a world keeps for reuse: what one stream at full speed has under way.
const maxChunks = 1024

func (w *World) freeChunk(c *chunk) {
	if len(w.chunks) < maxChunks {
		w.chunks = append(w.chunks, c)
	}
}
