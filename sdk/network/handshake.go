package network

import (
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

// The timers of a handshake: the first repetition after a second, then twice as long each time (RFC 6298 section 2), six of
// a SYN and five of its answer (tcp_syn_retries and tcp_synack_retries of Linux). When the wait after the last answer is
// over too, the acceptor forgets the dial.
const (
	firstRepeat   = time.Second
	synRepeats    = 6
	answerRepeats = 5
)

// knock makes the next attempt, if one is left.
func (e *End) knock() {
	if e.state == half && e.attempts > answerRepeats {
		e.forget()
		return
	}
	e.attempt()
}

// forget ends a half-open connection. As on Linux, a SYN that comes later begins a new one.
func (e *End) forget() {
	e.die()
	e.state = unborn
	e.socket.Gone()
}

// attempt sends a SYN or the answer to one.
func (e *End) attempt() {
	k := syn
	if e.state == half {
		k = synAck
	}
	e.tried = e.network.now
	it := e.item(k)
	it.key, it.attempt = e.key(forSyn, 0, e.attempts), e.attempts
	e.attempts++
	e.send(it)
	e.arm()
}

// repeatAt is when the handshake's segment is sent again, or the acceptor forgets the dial.
func (e *End) repeatAt() time.Duration {
	if e.state != half && (e.state != dialing || e.attempts > synRepeats) {
		return Never
	}
	return link.Later(e.tried, firstRepeat<<(min(e.attempts-1, answerRepeats)))
}

func (e *End) item(k kind) *item {
	it := e.network.newItem(k)
	it.to = e.peer
	return it
}

// Accept answers a dial. The socket is told when the answer has reached the dialler.
func (e *End) Accept(s Socket) {
	if e.state != asked {
		return
	}
	e.socket, e.state = s, half
	e.receiver.Open(e.network.now, e.Host.tcp(), e.out.mss(), -1)
	e.attempt()
}

// Refuse answers a dial by a refusal.
func (e *End) Refuse() {
	e.reset()
	e.state = dead
}

// Ignore leaves a dial without an answer: the next attempt asks again.
func (e *End) Ignore() { e.state = unborn }

// receiveSyn asks the host, or answers again.
func (e *End) receiveSyn() {
	switch {
	case e.state == unborn && (e.Host.Dialled == nil || e.out.Has(link.Refuse)):
		e.Refuse()
	case e.state == unborn:
		e.state = asked
		e.Host.Dialled(e)
	case e.state == half:
		e.attempt()
	case e.state == dead:
		e.reset()
	}
}

// receiveAnswer opens the dialler's end. One that has given up answers by a reset.
func (e *End) receiveAnswer(attempt uint64) {
	switch e.state {
	case dialing:
		rtt := e.network.now - e.tried
		if e.attempts > 1 || attempt > 0 {
			rtt = -1
		}
		e.open(rtt)
		e.greet(attempt)
		e.socket.Connected()
	case dead:
		e.reset()
	default:
		e.greet(attempt)
	}
}

// greet acknowledges an attempt to answer a SYN.
func (e *End) greet(attempt uint64) {
	it := e.item(ack)
	it.key = e.key(forSyn, 1, attempt)
	it.ack.Window = e.receiver.Right()
	it.acks = true
	e.send(it)
}

// open begins to send and receive.
func (e *End) open(rtt time.Duration) {
	e.state = open
	e.sender.Open(e.network.now, e.Host.tcp(), e.out.mss(), rtt, e.peer.receiver.Right())
	e.Host.add(e)
}

// admit opens the acceptor's end, with whatever comes from the dialler first.
func (e *End) admit() {
	rtt := e.network.now - e.tried
	if e.attempts > 1 {
		rtt = -1
	}
	e.open(rtt)
	e.socket.Connected()
}

// reset tells the other end that this one is gone.
func (e *End) reset() {
	it := e.item(reset)
	it.key = e.key(forReset, 0, e.resets)
	e.resets++
	e.send(it)
}

// receiveReset ends the connection.
func (e *End) receiveReset() {
	switch before := e.state; before {
	case dead, unborn:
	case dialing:
		e.die()
		e.socket.Refused()
	default:
		e.die()
		if e.socket != nil {
			e.socket.Gone()
		}
	}
}
