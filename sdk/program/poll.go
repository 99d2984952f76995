package program

import (
	"math"
	"time"
)

// A subscription of poll_oneoff takes 48 bytes, an event 32.
const (
	subscriptionSize = 48
	eventSize        = 32

	onClock = 0 // what a subscription is about
	onRead  = 1
)

// subscription is what a program waits for.
type subscription struct {
	user []byte
	what byte
	fd   int32         // unless it is about a clock
	at   time.Duration // of the monotonic clock
}

// poll is poll_oneoff: it waits until one of the subscriptions has come true. It is the one place where a program waits
// that uses no blocking sockets.
func poll(p *process, a arguments) errno {
	if a.u32(2) == 0 || a.u32(2) > maxDescriptors {
		return eInval
	}
	all := p.memory.bytes(a.u32(0), a.u32(2)*subscriptionSize)
	out := p.memory.bytes(a.u32(1), a.u32(2)*eventSize)
	if p.memory.fault {
		return eFault
	}
	subscriptions := make([]subscription, a.u32(2))
	deadline := time.Duration(math.MaxInt64)
	for i := range subscriptions {
		s := p.subscribed(all[i*subscriptionSize:][:subscriptionSize])
		if subscriptions[i] = s; s.what == onClock {
			deadline = min(deadline, s.at)
		}
	}
	n := p.await(subscriptions, deadline, out)
	p.look() // a program that never has to wait
	p.memory.put32(a.u32(3), uint32(n))
	return success
}

// subscribed reads a subscription.
func (p *process) subscribed(raw []byte) subscription {
	s := subscription{user: append([]byte(nil), raw[:8]...), what: raw[8], fd: int32(little.Uint32(raw[16:]))}
	if s.what != onClock {
		return s
	}
	timeout, now := little.Uint64(raw[24:]), p.elapsed()
	left := time.Duration(min(timeout, math.MaxInt64/2))
	if absolute := little.Uint16(raw[40:])&1 != 0; absolute {
		if clock := s.fd; clock == 0 {
			left -= time.Duration(p.env.Now().UnixNano())
		} else {
			left -= now
		}
	}
	s.at = now + max(left, 0)
	return s
}

// await waits until there are events, and returns how many it has written.
func (p *process) await(subscriptions []subscription, deadline time.Duration, out []byte) int {
	p.cond.Lock()
	defer p.cond.Unlock()
	for {
		now := p.elapsed()
		if n := p.happened(subscriptions, now, out); n > 0 {
			return n
		}
		until := never
		if deadline < math.MaxInt64/2 {
			until = p.env.Now().Add(deadline - now)
		}
		if p.wait(until) {
			now = max(deadline, p.elapsed()) // in live the two clocks are read one after the other
			if n := p.happened(subscriptions, now, out); n > 0 {
				return n
			}
		}
	}
}

// happened writes an event for each subscription that has come true.
func (p *process) happened(subscriptions []subscription, now time.Duration, out []byte) (n int) {
	for _, s := range subscriptions {
		no, ready := success, false
		if s.what == onClock {
			ready = s.at <= now
		} else if o := p.table[s.fd]; o == nil {
			no, ready = eBadf, true
		} else if s.what == onRead {
			ready = o.readable()
		} else {
			ready = o.writable()
		}
		if !ready {
			continue
		}
		event := out[n*eventSize:][:eventSize]
		clear(event)
		copy(event, s.user)
		little.PutUint16(event[8:], uint16(no))
		event[10] = s.what
		little.PutUint64(event[16:], 1) // bytes: at least
		n++
	}
	return n
}
