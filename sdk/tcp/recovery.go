package tcp

// recovery is the proportional rate reduction of one recovery (RFC 6937, with the slow-start bound).
type recovery struct {
	flight    int // segments in flight when it began, the lost ones included
	delivered int
	out       int // sent since
}

// window lets as much go as keeps the flight on its way to the threshold. The first retransmission always goes.
func (r *recovery) window(delivered, pipe, threshold int) float64 {
	r.delivered += delivered
	var send int
	if room := threshold - pipe; room < 0 {
		send = (r.delivered*threshold+r.flight-1)/max(r.flight, 1) - r.out
	} else {
		send = min(room, max(r.delivered-r.out, delivered)+1)
	}
	if r.out == 0 {
		send = max(send, 1)
	}
	return float64(pipe + max(send, 0))
}
