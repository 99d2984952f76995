package relay

import "net"

// conn is one connection between two nodes: two sockets, and a pipe for each direction between them. a has dialled.
//
// A direction ends by FIN, which travels behind its bytes, and when both have arrived the connection has. Or an end dies,
// by a reset or a crash: then its socket is closed at once, the reset travels, and when it arrives all is over. One that a
// cut swallows is not repeated: the other end learns of it when it sends.
type conn struct {
	network     *Network
	a, b        end
	port        int
	there, back pipe

	// Guarded by the schedule's lock.
	age      uint64        // counts dials
	source   int           // our port towards the acceptor; 0 before there is one
	answered chan struct{} // closed when the dial is answered
	reply    byte          // then
	opened   bool          // it was told of
	finished int           // directions whose FIN has arrived
}

func newConn(n *Network, want *request, client *net.TCPConn) (*conn, error) {
	c := &conn{network: n, port: want.port, answered: make(chan struct{})}
	c.a = end{conn: c, node: want.from, out: &c.there, in: &c.back}
	c.b = end{conn: c, node: want.to, out: &c.back, in: &c.there}
	c.there.init(c, &c.a, &c.b)
	c.back.init(c, &c.b, &c.a)
	return c, c.a.attach(client)
}

// answer notes how the dial has ended. Only the first answer counts.
func (c *conn) answer(reply byte) {
	select {
	case <-c.answered:
	default:
		c.reply = reply
		close(c.answered)
	}
}

// open says that both sockets are there, and tells of it. false means that the connection has ended already.
func (c *conn) open(server *net.TCPConn) bool {
	s := c.network.schedule
	s.enter()
	defer s.carryOut()
	if c.b.attach(server) != nil || c.a.dead || c.network.running.Err() != nil {
		c.a.abort()
		return false
	}
	c.opened, c.source = true, int(addrPort(server.LocalAddr()).Port())
	c.network.tell(c, Opened)
	if c.b.dead { // since the dial was answered
		s.tasks.Push((*reset)(&c.b))
	}
	return true
}

// passed notes that a direction's FIN has arrived.
func (c *conn) passed() {
	if c.finished++; c.finished == 2 && !c.a.dead && !c.b.dead {
		c.a.dead, c.b.dead = true, true
		c.network.schedule.tasks.Push((*closing)(c))
	}
}

// closing is a connection as a task.
type closing conn

func (c *closing) run() {
	c.a.tcp.Close()
	c.b.tcp.Close()
	s := c.network.schedule
	s.enter()
	defer s.leave()
	(*conn)(c).end(Closed)
}

// end forgets the connection, whose sockets are closed.
func (c *conn) end(what string) {
	delete(c.network.conns, c)
	c.network.tell(c, what)
}

// over reports whether nothing passes any more.
func (c *conn) over() bool { return c.a.dead && c.b.dead }

// cancel ends both ends at once, and lets no reset travel.
func (c *conn) cancel() {
	for _, e := range []*end{&c.a, &c.b} {
		e.shut()
		if e.wire != nil {
			e.wire.Drop()
		}
	}
}

// plain reports whether the ways between the nodes change nothing.
func (c *conn) plain() bool { return c.a.wire.Path().Plain() && c.b.wire.Path().Plain() }

// toModel reports whether the connection bypasses the network, and the ways have ceased to be plain.
func (c *conn) toModel() bool {
	return c.b.wire != nil && (c.there.bypass.Load() || c.back.bypass.Load()) && !c.plain()
}

// model makes the network carry what is sent from now on. It begins with a fresh window, unless something is on its way
// still.
func (c *conn) model() {
	if c.there.quiet() && c.back.quiet() {
		c.a.wire.Drop()
		c.b.wire.Drop()
		c.a.wire = c.a.node.host.Join(c.b.node.host, c.port, &c.a, &c.b)
		c.b.wire = c.a.wire.Peer()
		c.there.renew()
		c.back.renew()
	}
	c.there.bypass.Store(false)
	c.back.bypass.Store(false)
}
