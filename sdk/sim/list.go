package sim

// list is a doubly linked list whose elements are embedded in what they hold, so that joining and leaving cost no
// allocation. The zero list is empty.
type list[T any] struct {
	first, last *element[T]
}

type element[T any] struct {
	value      T
	on         *list[T]
	prev, next *element[T]
}

func (l *list[T]) add(e *element[T]) {
	e.on, e.prev = l, l.last
	if l.last == nil {
		l.first = e
	} else {
		l.last.next = e
	}
	l.last = e
}

// leave takes the element off its list, if it is on one.
func (e *element[T]) leave() {
	l := e.on
	if l == nil {
		return
	}
	if e.prev == nil {
		l.first = e.next
	} else {
		e.prev.next = e.next
	}
	if e.next == nil {
		l.last = e.prev
	} else {
		e.next.prev = e.prev
	}
	e.on, e.prev, e.next = nil, nil, nil
}

// fifo is a queue that reuses its memory. The zero fifo is empty.
type fifo[T any] struct {
	items []T
	head  int
}

func (f *fifo[T]) len() int { return len(f.items) - f.head }

func (f *fifo[T]) push(v T) {
	if len(f.items) == cap(f.items) && f.head > len(f.items)/2 {
		n := copy(f.items, f.items[f.head:])
		clear(f.items[n:])
		f.items, f.head = f.items[:n], 0
	}
	f.items = append(f.items, v)
}

// front is the oldest item. The queue must not be empty.
func (f *fifo[T]) front() T { return f.items[f.head] }

// pop removes the oldest item. The queue must not be empty.
func (f *fifo[T]) pop() T {
	var none T
	v := f.items[f.head]
	f.items[f.head] = none
	f.head++
	if f.head == len(f.items) {
		f.items, f.head = f.items[:0], 0
	}
	return v
}

func (f *fifo[T]) clear() { f.items, f.head = nil, 0 }
