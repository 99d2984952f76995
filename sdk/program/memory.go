package program

import (
	"syscall"

	"github.com/tetratelabs/wazero/experimental"
)

// mapping is the memory of programs, as experimental.MemoryAllocator: addresses for all that a program may take, of which
// the system gives those pages that it touches. So memory grows without being moved, needs no zeroing and no collector,
// and is the system's again when the program ends. A program of Go takes 8 to 16 MiB, and a sweep starts some in each run.
type mapping struct{}

// Allocate implements experimental.MemoryAllocator.
func (mapping) Allocate(_, most uint64) experimental.LinearMemory {
	const anywhere, private = 0, syscall.MAP_ANON | syscall.MAP_PRIVATE | syscall.MAP_NORESERVE
	b, err := syscall.Mmap(-1, anywhere, int(min(most, maxMemory)), syscall.PROT_READ|syscall.PROT_WRITE, private)
	if err != nil {
		return &linear{b: nil}
	}
	return &linear{b: b, mapped: true}
}

// linear is the memory of one program at work.
type linear struct {
	b      []byte // all of it if it is mapped
	mapped bool
}

// Reallocate implements experimental.LinearMemory.
func (l *linear) Reallocate(size uint64) []byte {
	switch {
	case size > maxMemory:
		return nil
	case !l.mapped: // no addresses, as where the system promises no more than it has
		l.b = append(make([]byte, 0, size), l.b...)[:size]
		return l.b
	case size > uint64(len(l.b)):
		return nil
	}
	return l.b[:size]
}

// Free implements experimental.LinearMemory.
func (l *linear) Free() {
	if l.mapped {
		_ = syscall.Munmap(l.b)
	}
	l.b = nil
}
