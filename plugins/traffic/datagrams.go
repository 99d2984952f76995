package traffic

import (
	"net"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// datagrams is the one socket of a drive over UDP: so that the order in which answers come back can be told.
type datagrams struct {
	drive  *drive
	frames frames
	to     sdk.Addr
	reply  bool // the server answers
	socket net.PacketConn
	order  *sdk.Mutex // held from counting a frame until it is sent

	// Guarded by the drive:
	count   int                        // of frames that were sent
	latest  int                        // of those that were answered, by their count
	slowest time.Duration              // answer so far
	waiting map[int]*datagramRequester // by the number of the request
	over    bool                       // what still arrives does not count
}

func openDatagrams(d *drive, to sdk.Addr, f frames, reply bool) (*datagrams, error) {
	socket, err := d.env.ListenPacket(0)
	if err != nil {
		return nil, err
	}
	g := &datagrams{
		drive: d, frames: f, to: to, reply: reply, socket: socket, order: sdk.NewMutex(d.env),
		waiting: map[int]*datagramRequester{},
	}
	if reply {
		d.env.Go(g.receive)
	}
	return g, nil
}

// finish closes the socket. Copies of the last answers may still be under way: it waits for them as long as the slowest
// answer took, but not beyond the end of the drive.
func (g *datagrams) finish() {
	g.drive.cond.Lock()
	linger := min(g.slowest, g.drive.recording.last()+g.drive.plan.Within-g.drive.now())
	g.drive.cond.Unlock()
	if linger > 0 {
		_ = g.drive.env.Sleep(linger) // a node that stops closes the socket by itself
	}
	g.drive.cond.Lock()
	g.over = true // receive may hold a datagram that it has read already
	g.drive.cond.Unlock()
	_ = g.socket.Close()
}

func (g *datagrams) receive() {
	buf, scratch := make([]byte, sdk.MaxDatagram), make([]byte, g.frames.size)
	for {
		size, _, err := g.socket.ReadFrom(buf)
		if err != nil {
			return
		}
		switch n, v := g.frames.read(buf[:size], scratch); v {
		case good:
			g.arrive(n, g.drive.now())
		case broken:
			g.arriveBroken()
		}
	}
}

func (g *datagrams) arriveBroken() {
	now := g.drive.now()
	g.drive.cond.Lock()
	defer g.drive.cond.Unlock()
	if !g.over {
		g.drive.recording.arriveBroken(now)
	}
}

func (g *datagrams) arrive(n int, now time.Duration) {
	d := g.drive
	d.cond.Lock()
	defer d.cond.Unlock()
	requester := g.waiting[n]
	switch {
	case n >= len(d.recording.records) || g.over:
		return // nobody has asked this, or asks any more
	case requester == nil: // a copy, or too late
		d.recording.arriveAgain(n)
		return
	}
	delete(g.waiting, n)
	rec := &d.recording.records[n]
	rec.marks |= received // at once, so that the next datagram is known to be a copy
	if requester.count < g.latest {
		rec.marks |= reordered
	}
	g.latest = max(g.latest, requester.count)
	g.slowest = max(g.slowest, now-requester.asked)
	requester.answers.Post(arrival{n, now})
}

// arrival is an answer on its way from the socket to the task that waits for it.
type arrival struct {
	n  int
	at time.Duration // since the drive began
}

// datagramRequester sends one frame at a time and waits for its echo.
type datagramRequester struct {
	socket  *datagrams
	frame   []byte
	answers *sdk.Mailbox[arrival]
	count   int           // of the frame, among all of the socket
	asked   time.Duration // when it was sent
}

func (g *datagrams) requester() requester {
	return &datagramRequester{
		socket: g, frame: make([]byte, g.frames.size), answers: sdk.NewMailbox[arrival](g.drive.env),
	}
}

func (l *datagramRequester) ask(env sdk.Env, n int, deadline time.Time) answer {
	if err := l.send(n); err != nil {
		l.forget(n)
		return answer{err: err}
	}
	if !l.socket.reply {
		return answer{sent: true, bytes: len(l.frame)}
	}
	for {
		got, err := l.answers.Recv(deadline)
		if err != nil && l.forget(n) {
			return answer{sent: true, err: err}
		}
		if err != nil { // it has come just now
			got, _ = l.answers.TryRecv()
		}
		if got.n == n {
			return answer{at: got.at, sent: true, received: true, bytes: len(l.frame)}
		}
	}
}

func (l *datagramRequester) send(n int) error {
	g := l.socket
	g.frames.put(l.frame, n)
	if err := g.order.Lock(); err != nil {
		return err
	}
	defer g.order.Unlock()
	g.drive.cond.Lock()
	g.count++
	l.count, l.asked = g.count, g.drive.now()
	if g.reply {
		g.waiting[n] = l
	}
	g.drive.cond.Unlock()
	_, err := g.socket.WriteTo(l.frame, g.to)
	return err
}

// forget reports whether request n was still without an answer.
func (l *datagramRequester) forget(n int) bool {
	l.socket.drive.cond.Lock()
	defer l.socket.drive.cond.Unlock()
	_, was := l.socket.waiting[n]
	delete(l.socket.waiting, n)
	return was
}

// close leaves the socket to datagrams.finish.
func (l *datagramRequester) close() {}
