package disk

import (
	"slices"
	"sort"
)

// maxSpare is the largest buffer kept for reuse, in bytes.
const maxSpare = 256 << 10

// layer holds unsynced changes to a file as one difference from what lies below it.
type layer struct {
	base    int64    // below this offset the contents underneath show through where no extent covers them
	size    int64    // the file's size with this layer applied
	extents []extent // sorted, without overlap
	syncs   int      // how many syncs wait to store this layer; it takes no writes meanwhile
}

type extent struct {
	off  int64
	data []byte
}

func (e extent) end() int64 { return e.off + int64(len(e.data)) }

// write records p at off. A write that continues an extent extends it: a log of many small records is one extent.
func (l *layer) write(p []byte, off int64) {
	end := off + int64(len(p))
	l.size = max(l.size, end)
	i := l.search(off)
	switch {
	case i < len(l.extents) && l.extents[i].off <= off:
		e := &l.extents[i]
		if end <= e.end() {
			copy(e.data[off-e.off:], p)
			return
		}
		e.data = append(e.data[:off-e.off], p...)
	default:
		l.extents = slices.Insert(l.extents, i, extent{off, append(l.buffer(), p...)})
	}
	l.cover(i+1, end)
}

// buffer returns an empty buffer, the one of an earlier use of the layer if it is the first extent.
func (l *layer) buffer() []byte {
	if len(l.extents) == 0 && cap(l.extents) > 0 {
		return l.extents[:1][0].data[:0]
	}
	return nil
}

// search returns the first extent that ends at off or later.
func (l *layer) search(off int64) int {
	if n := len(l.extents); n > 0 && l.extents[n-1].off <= off {
		if l.extents[n-1].end() >= off {
			return n - 1
		}
		return n
	}
	return sort.Search(len(l.extents), func(i int) bool { return l.extents[i].end() >= off })
}

// cover removes what the extents from i on have below end.
func (l *layer) cover(i int, end int64) {
	j := i
	for j < len(l.extents) && l.extents[j].end() <= end {
		j++
	}
	if j < len(l.extents) && l.extents[j].off < end {
		e := &l.extents[j]
		e.data = e.data[end-e.off:]
		e.off = end
	}
	l.extents = slices.Delete(l.extents, i, j)
}

// truncate makes the file end at size; what it gains reads as zeros.
func (l *layer) truncate(size int64) {
	l.size = size
	l.base = min(l.base, size)
	i := sort.Search(len(l.extents), func(i int) bool { return l.extents[i].end() > size })
	if i < len(l.extents) && l.extents[i].off < size {
		l.extents[i].data = l.extents[i].data[:size-l.extents[i].off]
		i++
	}
	l.extents = slices.Delete(l.extents, i, len(l.extents))
}

// overlay copies onto p, the contents at off, what the extents hold there.
func (l *layer) overlay(p []byte, off int64) {
	end := off + int64(len(p))
	for i := l.search(off); i < len(l.extents) && l.extents[i].off < end; i++ {
		e := l.extents[i]
		from := max(e.off, off)
		if from < e.end() {
			copy(p[from-off:], e.data[from-e.off:])
		}
	}
}

// absorb applies the layer that lies above this one.
func (l *layer) absorb(upper *layer) {
	l.truncate(upper.base)
	for _, e := range upper.extents {
		l.write(e.data, e.off)
	}
	l.truncate(upper.size)
}

// reset empties the layer but for the buffer of its first extent, and reports whether it is worth keeping.
func (l *layer) reset() bool {
	if len(l.extents) != 1 || cap(l.extents[0].data) > maxSpare {
		return false
	}
	l.extents = l.extents[:0]
	return true
}
