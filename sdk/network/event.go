package network

import "time"

// Order is the place of an event among all: by instant, then by the ranks of the host where it happens and of the one
// that has caused it, then by a count of the latter. There is no global count, so a new host reorders nobody else.
type Order struct {
	At       time.Duration
	Dst, Src uint64
	Seq      uint64
}

// Before reports whether o comes before p.
func (o Order) Before(p Order) bool {
	switch {
	case o.At != p.At:
		return o.At < p.At
	case o.Dst != p.Dst:
		return o.Dst < p.Dst
	case o.Src != p.Src:
		return o.Src < p.Src
	}
	return o.Seq < p.Seq
}

// event is something that happens in the network.
type event struct {
	Order
	what happening
}

type happening interface{ happen() }

// at makes something happen at a host.
func (n *Network) at(at time.Duration, dst, src *Host, what happening) {
	n.events.push(event{Order{at, dst.rank, src.rank, src.NextSeq()}, what})
}

// heap holds the events to come, four children a parent. Nothing is taken out of its midst: an alarm that was moved leaves
// an event behind, which finds that it is stale.
type heap []event

func (h *heap) push(e event) {
	*h = append(*h, e)
	s, i := *h, len(*h)-1
	for i > 0 {
		parent := (i - 1) / 4
		if !e.Before(s[parent].Order) {
			break
		}
		s[i] = s[parent]
		i = parent
	}
	s[i] = e
}

func (h *heap) pop() event {
	s := *h
	first, last := s[0], s[len(s)-1]
	s[len(s)-1] = event{}
	s = s[:len(s)-1]
	*h = s
	if len(s) > 0 {
		s.down(last)
	}
	return first
}

// down puts e where it belongs, from the root, which is free.
func (h heap) down(e event) {
	i := 0
	for {
		least := 4*i + 1
		if least >= len(h) {
			break
		}
		for child := least + 1; child <= 4*i+4 && child < len(h); child++ {
			if h[child].Before(h[least].Order) {
				least = child
			}
		}
		if !h[least].Before(e.Order) {
			break
		}
		h[i] = h[least]
		i = least
	}
	h[i] = e
}
