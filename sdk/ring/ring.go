// Package ring is a queue that reuses its memory and can be indexed.
package ring

// Ring is a queue: what is pushed at the end is popped at the front. The zero Ring is empty and holds no memory. It is not
// safe for concurrent use.
type Ring[T any] struct {
	items []T
	head  int
}

// Len is how many items wait.
func (r *Ring[T]) Len() int { return len(r.items) - r.head }

// At is the i-th item from the front, valid until the next Push or Pop. i must be below Len.
func (r *Ring[T]) At(i int) *T { return &r.items[r.head+i] }

// Front is the oldest item. The ring must not be empty.
func (r *Ring[T]) Front() T { return r.items[r.head] }

// Push adds an item at the end.
func (r *Ring[T]) Push(v T) {
	if len(r.items) == cap(r.items) && r.head > len(r.items)/2 {
		n := copy(r.items, r.items[r.head:])
		clear(r.items[n:])
		r.items, r.head = r.items[:n], 0
	}
	r.items = append(r.items, v)
}

// Pop removes the oldest item. The ring must not be empty.
func (r *Ring[T]) Pop() T {
	var none T
	v := r.items[r.head]
	r.items[r.head] = none
	if r.head++; r.head == len(r.items) {
		r.items, r.head = r.items[:0], 0
	}
	return v
}

// Cap is how many items it has room for.
func (r *Ring[T]) Cap() int { return cap(r.items) }

// Trim frees the memory of an empty ring that has had room for more than n items.
func (r *Ring[T]) Trim(n int) {
	if r.Len() == 0 && r.Cap() > n {
		r.Clear()
	}
}

// Clear removes all items and frees the memory.
func (r *Ring[T]) Clear() { r.items, r.head = nil, 0 }
