package core

import "sort"

// log is the log in memory; entries[i] has index i+1. It may be ahead of the disk.
type log struct {
	entries []Entry
}

func (l *log) last() uint64 { return uint64(len(l.entries)) }

func (l *log) lastTerm() uint64 { return l.term(l.last()) }

// term returns the term of the entry at an index within the log; 0 for index 0.
func (l *log) term(index uint64) uint64 {
	if index == 0 {
		return 0
	}
	return l.entries[index-1].Term
}

// has reports whether the log holds an entry of that term at that index. By log matching (3.5) it then equals, up to
// there, every log that does.
func (l *log) has(index, term uint64) bool {
	return index <= l.last() && l.term(index) == term
}

// slice returns the entries from low to high, both included. The result cannot grow into the log.
func (l *log) slice(low, high uint64) []Entry {
	return l.entries[low-1 : high : high]
}

// batch returns the entries from low on that fit into a message: as many as maxBytes allows, but at least one.
func (l *log) batch(low uint64, maxBytes int) []Entry {
	high, size := low, 0
	for ; high <= l.last(); high++ {
		size += EntrySize(len(l.entries[high-1].Data))
		if size > maxBytes && high > low {
			break
		}
	}
	return l.slice(low, high-1)
}

// truncate removes the entries from an index on. What is appended later goes to fresh memory, because messages and
// writes under way may still hold the old entries.
func (l *log) truncate(from uint64) {
	l.entries = l.entries[: from-1 : from-1]
}

// latestOf returns the largest index, up to a limit, whose term is at most term.
func (l *log) latestOf(limit, term uint64) uint64 {
	limit = min(limit, l.last())
	later := sort.Search(int(limit), func(i int) bool { return l.entries[i].Term > term })
	return uint64(later)
}

// isUpToDate reports whether a log that ends with (last, lastTerm) is at least as up to date as ours (3.6.1).
func (l *log) isUpToDate(last, lastTerm uint64) bool {
	ours := l.lastTerm()
	return lastTerm > ours || lastTerm == ours && last >= l.last()
}

// sizeOf is what entries count in a message.
func sizeOf(entries []Entry) (size int) {
	for i := range entries {
		size += EntrySize(len(entries[i].Data))
	}
	return size
}
