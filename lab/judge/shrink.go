package judge

import (
	"slices"
	"time"
)

// Bounds on the making of an explanation.
const (
	explainWithin = 2 * time.Second
	shrinkTries   = 2000
)

// shrink leaves out of a history that has no explanation as many operations as it can while there is still none. It
// leaves out nothing without which the others would lose their explanation, so that what remains shows the very fault.
func (j *judging) shrink(ops []*operation, deadline time.Time) []*operation {
	tries := 0
	for chunk := len(ops) / 2; chunk > 0; {
		smaller := false
		// From the end: what began late is most often beside the point.
		for end := len(ops); end > 0; end -= chunk {
			if tries++; tries > shrinkTries || !time.Now().Before(deadline) {
				return ops
			}
			rest := without(ops, ops[max(0, end-chunk):end])
			if len(rest) < len(ops) && j.search(rest, lightMemory, deadline) == Violated {
				ops, smaller = rest, true
			}
		}
		if !smaller || chunk > 1 {
			chunk /= 2
		}
	}
	return ops
}

// without drops of some operations those that can go whatever remains: what only looks, and then what has left a value
// that nobody remaining has felt.
func without(ops, some []*operation) []*operation {
	drop := map[*operation]bool{}
	for _, o := range some {
		drop[o] = o.action == reads || o.action == swaps && o.known && !o.did
	}
	for again := true; again; {
		again = false
		felt, any := feltBy(ops, drop)
		for _, o := range some {
			next, leaves := o.leaves()
			if !drop[o] && leaves && !any && !felt[next] {
				drop[o], again = true, true
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(ops), func(o *operation) bool { return drop[o] })
}

// leaves is the value that the operation has left, if it has; false when it may have left any.
func (o *operation) leaves() (content, bool) {
	switch o.action {
	case writes, swaps:
		return o.next, true
	case adds:
		return o.seen, o.known
	}
	return "", false
}

// feltBy are the values that the operations not dropped have told to be there. any is true when one depends on whatever
// is there: a swap that has found something else, a sum of which nobody knows.
func feltBy(ops []*operation, drop map[*operation]bool) (felt map[content]bool, any bool) {
	felt = map[content]bool{}
	for _, o := range ops {
		if drop[o] {
			continue
		}
		switch o.action {
		case reads:
			felt[o.seen] = true
		case swaps:
			felt[o.old] = true
			if o.told {
				felt[o.seen] = true
			}
			any = any || o.known && !o.did && !o.told
		case adds:
			before, _ := o.seen.add(-o.by)
			felt[before] = true
			felt[absent] = felt[absent] || before == "0"
			any = any || !o.known
		}
	}
	return felt, any
}
