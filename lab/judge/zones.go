package judge

import (
	"cmp"
	"slices"
	"sort"
)

// When no value is written twice, each read names the write that it has seen, and a history of reads and writes can be
// decided without any search (P. Gibbons, E. Korach: Testing Shared Memories, SIAM J. Comput. 26(4), 1997; the zones
// are those of W. Golab, X. Li, M. Shah: Analyzing Consistency Properties for Fun and Profit, PODC 2011).

// zone is the time of one value: between the first end and the last start of its write and its reads. When the end
// comes first, the value must have been there all the time between; else it could have been at any one instant between.
type zone struct {
	write *operation // nil: the value was there at first
	// first of the operations to end, last of them to start; nil when none has.
	first, last *operation
}

func (z *zone) firstEnd() int64 {
	if z.write == nil {
		return -1 // before all ranks
	}
	return z.first.ret
}

func (z *zone) lastStart() int64 {
	if z.last == nil {
		return -2
	}
	return z.last.call
}

// must tells whether the value has been there all the time of the zone.
func (z *zone) must() bool { return z.firstEnd() < z.lastStart() }

func (z *zone) add(o *operation) {
	if z.first == nil || o.ret < z.first.ret {
		z.first = o
	}
	if z.last == nil || o.call > z.last.call {
		z.last = o
	}
}

// readsAndUniqueWrites tells whether contradiction can decide, given what the key held at first.
func readsAndUniqueWrites(ops []*operation, initial content) bool {
	written := map[content]bool{initial: true}
	for _, o := range ops {
		switch o.action {
		case reads:
			continue
		case writes:
			if !written[o.next] {
				written[o.next] = true
				continue
			}
		}
		return false
	}
	return true
}

// firstHeld is what a register held at first: what was read but never written. It is unread when there is no such
// value; then it may have held any, also one that was written later.
func firstHeld(ops []*operation) content {
	written := map[content]bool{}
	for _, o := range ops {
		if o.action == writes {
			written[o.next] = true
		}
	}
	for _, o := range ops {
		if o.action == reads && !written[o.seen] {
			return o.seen
		}
	}
	return unread
}

// contradiction decides a history of reads and unique writes, sorted by start: nil when it is linearizable, else a few
// of its operations that are not.
func contradiction(ops []*operation, initial content) []*operation {
	zones, witness := zonesOf(ops, initial)
	if witness == nil {
		witness = collision(zones)
	}
	if witness == nil {
		return nil
	}
	if first := zones[0].first; first != nil && !slices.Contains(witness, first) {
		witness = append(witness, first) // it tells what was there at first
	}
	slices.SortFunc(witness, func(x, y *operation) int { return cmp.Compare(x.call, y.call) })
	return witness
}

// zonesOf groups the operations by value; the first zone is that of the initial value. A witness is a read that no
// write explains: there is none of its value, or it began after the read had ended.
func zonesOf(ops []*operation, initial content) (zones []*zone, witness []*operation) {
	byValue := map[content]*zone{}
	open := func(v content, write *operation) *zone {
		z := &zone{write: write}
		byValue[v], zones = z, append(zones, z)
		return z
	}
	open(initial, nil)
	for _, o := range ops {
		if o.action == writes {
			open(o.next, o).add(o)
		}
	}
	for _, o := range ops {
		if o.action != reads {
			continue
		}
		z := byValue[o.seen]
		switch {
		case z == nil:
			witness = []*operation{o}
		case z.write != nil && o.ret < z.write.call:
			witness = []*operation{o, z.write}
		default:
			z.add(o)
		}
	}
	return zones, witness
}

// collision finds two zones that cannot both be, in O(n log n): two values that must have been there at one time, or
// one that can only have been there while another must. It returns the operations that make them collide.
func collision(zones []*zone) []*operation {
	var must, may []*zone
	for _, z := range zones {
		if z.must() {
			must = append(must, z)
		} else {
			may = append(may, z)
		}
	}
	slices.SortFunc(must, func(a, b *zone) int { return cmp.Compare(a.firstEnd(), b.firstEnd()) })
	for i := 1; i < len(must); i++ {
		// All before are apart, so the one just before reaches furthest.
		if must[i].firstEnd() < must[i-1].lastStart() {
			return edgesOf(must[i-1], must[i])
		}
	}
	for _, z := range may {
		i := sort.Search(len(must), func(i int) bool { return must[i].firstEnd() > z.lastStart() }) - 1
		if i >= 0 && z.firstEnd() < must[i].lastStart() {
			return edgesOf(must[i], z)
		}
	}
	return nil
}

// edgesOf are the operations that two zones are made of: their writes, and those that bound them.
func edgesOf(a, b *zone) []*operation {
	var ops []*operation
	for _, o := range []*operation{a.write, a.first, a.last, b.write, b.first, b.last} {
		if o != nil && !slices.Contains(ops, o) {
			ops = append(ops, o)
		}
	}
	return ops
}
