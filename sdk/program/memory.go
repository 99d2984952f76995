package program

import (
	"math/bits"
	"sync"

	"github.com/tetratelabs/wazero/experimental"
)

// mostPooled is how many bytes of memory wait for the next program, in all. A program of Go takes 8 to 16 MiB, and a sweep
// starts some for each run: fresh memory costs the kernel's zeroing, and the collector's work, each time.
const mostPooled = 256 << 20

// pool keeps the memory of programs that have ended, by the power of two that is its size.
type pool struct {
	mu    sync.Mutex
	free  [64][][]byte
	bytes int
}

var memories pool

// Allocate implements experimental.MemoryAllocator.
func (p *pool) Allocate(_, _ uint64) experimental.LinearMemory { return &linear{pool: p} }

// take returns zeroed memory for at least size bytes, with length 0.
func (p *pool) take(size uint64) []byte {
	class := bits.Len64(max(size, pageSize) - 1)
	p.mu.Lock()
	defer p.mu.Unlock()
	if last := len(p.free[class]) - 1; last >= 0 {
		b := p.free[class][last]
		p.free[class] = p.free[class][:last]
		p.bytes -= cap(b)
		return b
	}
	return make([]byte, 0, 1<<class)
}

// put takes memory back.
func (p *pool) put(b []byte) {
	if cap(b) == 0 {
		return
	}
	clear(b)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bytes+cap(b) <= mostPooled {
		class := bits.Len64(uint64(cap(b)) - 1)
		p.free[class] = append(p.free[class], b[:0])
		p.bytes += cap(b)
	}
}

// linear is the memory of one program at work. What lies beyond its length is zero.
type linear struct {
	pool *pool
	b    []byte
}

// Reallocate implements experimental.LinearMemory.
func (l *linear) Reallocate(size uint64) []byte {
	if size > maxMemory {
		return nil
	}
	if size > uint64(cap(l.b)) {
		larger := l.pool.take(size)[:len(l.b)]
		copy(larger, l.b)
		l.pool.put(l.b)
		l.b = larger
	}
	l.b = l.b[:size]
	return l.b
}

// Free implements experimental.LinearMemory.
func (l *linear) Free() {
	l.pool.put(l.b)
	l.b = nil
}
