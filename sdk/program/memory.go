package program

import (
	"unsafe"

	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/unix"
)

// Allocate implements experimental.MemoryAllocator: addresses for all that the program may take, of which the system gives
// those pages that it touches. So memory grows without being moved, needs no zeroing and no collector, and is the
// system's again when the program ends. A program of Go takes 8 to 16 MiB, and a sweep starts some in each run.
func (i *image) Allocate(_, most uint64) experimental.LinearMemory {
	const private, access = unix.MAP_ANON | unix.MAP_PRIVATE | unix.MAP_NORESERVE, unix.PROT_READ | unix.PROT_WRITE
	l := &linear{image: i, most: min(most, maxMemory)}
	start, err := unix.MmapPtr(-1, 0, nil, uintptr(l.most), access, private)
	if err != nil { // where the system promises no more than it has
		return l
	}
	l.b, l.mapped = unsafe.Slice((*byte)(start), l.most), true
	if i != nil {
		if _, err = unix.MmapPtr(int(i.file.Fd()), 0, start, uintptr(i.size), access, unix.MAP_PRIVATE|unix.MAP_FIXED); err != nil {
			l.fill(l.b)
		}
	}
	return l
}

// linear is the memory of one program at work.
type linear struct {
	image  *image
	most   uint64
	b      []byte // all of it if it is mapped
	mapped bool
}

// Reallocate implements experimental.LinearMemory.
func (l *linear) Reallocate(size uint64) []byte {
	switch {
	case size > l.most:
		return nil
	case l.mapped:
		return l.b[:size]
	case l.b == nil:
		l.b = make([]byte, size)
		l.fill(l.b)
	default:
		l.b = append(make([]byte, 0, size), l.b...)[:size]
	}
	return l.b
}

// fill writes the image into memory.
func (l *linear) fill(b []byte) {
	if l.image != nil {
		if _, err := l.image.file.ReadAt(b[:l.image.size], 0); err != nil {
			panic(err) // a file that nobody else has
		}
	}
}

// Free implements experimental.LinearMemory.
func (l *linear) Free() {
	if l.mapped {
		_ = unix.MunmapPtr(unsafe.Pointer(unsafe.SliceData(l.b)), uintptr(len(l.b)))
	}
	l.b = nil
}
