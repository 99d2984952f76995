package sim

// list is a doubly linked list whose elements are embedded in what they hold, so that joining and leaving cost no
// allocation. The zero list is empty.
type list[T any] struct {
	first, last *element[T]
	count       int
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
	l.count++
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
	l.count--
	e.on, e.prev, e.next = nil, nil, nil
}
