package program

import "github.com/netlab-dev/netlab/sdk"

// backlog is how many connections wait to be accepted, as on Linux; one more is reset.
const backlog = 4096

// listener is a TCP socket that accepts connections. A task takes them from the environment.
type listener struct {
	listener sdk.Listener
	queue    []sdk.Conn
	closed   bool
}

func (*listener) filetype() byte                      { return typeStream }
func (l *listener) readable() bool                    { return len(l.queue) > 0 }
func (*listener) writable() bool                      { return false }
func (*listener) read(*process, int) ([]byte, errno)  { return nil, eNotConn }
func (*listener) write(*process, []byte) (int, errno) { return 0, eNotConn }

func (l *listener) close(*process) {
	l.closed = true
	_ = l.listener.Close()
	for _, conn := range l.queue {
		_ = conn.Reset()
	}
}

// accept is the connection that has waited longest.
func (l *listener) accept(p *process) (*stream, errno) {
	if len(l.queue) == 0 {
		return nil, eAgain
	}
	s := &stream{}
	s.connected(p, l.queue[0])
	l.queue = l.queue[1:]
	return s, success
}

// serve queues what comes in.
func (l *listener) serve(p *process) {
	for {
		conn, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.enqueue(p, conn)
	}
}

func (l *listener) enqueue(p *process, conn sdk.Conn) {
	p.cond.Lock()
	defer p.cond.Unlock()
	if l.closed || len(l.queue) >= backlog {
		_ = conn.Reset()
		return
	}
	l.queue = append(l.queue, conn)
	p.cond.Broadcast()
}
