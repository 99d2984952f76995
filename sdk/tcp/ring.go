package tcp

// ring is a queue that is read by index. A ring that was never used holds nothing.
type ring[T any] struct {
	slots       []T // a power of two of them
	first, size int
	most        int // largest size since the ring was last empty
}

// small is a number of slots that is not worth giving back.
const small = 16

func (r *ring[T]) len() int { return r.size }

func (r *ring[T]) at(i int) *T { return &r.slots[(r.first+i)&(len(r.slots)-1)] }

func (r *ring[T]) push(v T) {
	if r.size == len(r.slots) {
		r.resize(max(2, 2*r.size))
	}
	r.size++
	r.most = max(r.most, r.size)
	*r.at(r.size - 1) = v
}

func (r *ring[T]) pop() {
	r.first = (r.first + 1) & (len(r.slots) - 1)
	r.size--
	if r.size == 0 {
		r.clear()
	}
}

// clear empties the ring. It gives most slots back when few of them were used, so that a connection is small some time
// after a transfer, and a transfer that empties its ring each round trip does not allocate.
func (r *ring[T]) clear() {
	used := r.most
	r.first, r.size, r.most = 0, 0, 0
	if len(r.slots) > small && used <= len(r.slots)/8 {
		r.slots = nil
	}
}

func (r *ring[T]) resize(n int) {
	slots := make([]T, n)
	for i := range r.size {
		slots[i] = *r.at(i)
	}
	r.slots, r.first = slots, 0
}
