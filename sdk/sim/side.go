package sim

import (
	"net"
	"time"

	"github.com/netlab-dev/netlab/sdk/value"
)

// side is one direction of a socket as its tasks see it: who waits there, and how long.
type side struct {
	waiting  list[*task]
	deadline time.Duration
}

// openSide has no deadline.
func openSide() side { return side{deadline: never} }

// expired reports whether the deadline has passed. At its own instant a task may still wait for what arrives then.
func (s *side) expired(n *Node) bool { return s.deadline < n.world.now }

// wait parks the task until it is woken, or until the deadline, which may be moved meanwhile, or until its own limit.
func (s *side) wait(t *task, limit time.Duration, verb string, place net.Addr) (expired bool) {
	t.side, t.limit = s, limit
	return t.wait(&s.waiting, min(s.deadline, limit), verb, place)
}

// set moves the deadline, also of those who wait.
func (s *side) set(n *Node, deadline time.Time) {
	s.deadline = n.instant(deadline)
	for e := s.waiting.first; e != nil; {
		t := e.value
		e = e.next
		t.until = min(s.deadline, t.limit)
		if t.until < n.world.now {
			t.ring()
		} else {
			t.timer.set(t.until, lastRank)
		}
	}
}

// socketError is an error as the net package makes them: it says which call on which socket.
func socketError(op, network string, local, remote net.Addr, err error) error {
	return &net.OpError{Op: op, Net: network, Source: local, Addr: remote, Err: err}
}

// badPort refuses what is no port number.
func badPort(port int) error {
	if port < 0 || port > lastPort {
		return &net.AddrError{Err: "port is not between 0 and 65535", Addr: value.MakeAddr("", port).String()}
	}
	return nil
}
