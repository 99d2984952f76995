package traffic

import (
	"net"
	"sync"

	"github.com/netlab-dev/netlab/sdk"
)

// sink is the kind sink: it takes whatever comes, and never answers.
type sink struct {
	Port int `lab:"port,default=9000,main,doc=the TCP port and the UDP port to listen on"`

	mu    sync.Mutex
	count sinkStats
}

// sip is how much of a connection is read at a time, in bytes, until it turns out to carry more: thousands that carry
// nothing should cost little.
const sip = 512

// sinkStats is what stats answers: everything since the node started.
type sinkStats struct {
	Connections int `lab:"connections,doc=accepted so far"`
	Datagrams   int `lab:"datagrams,doc=received so far"`
	Bytes       int `lab:"bytes,doc=received so far, in streams and datagrams"`
}

// Run accepts connections and datagrams until the node stops.
func (s *sink) Run(env sdk.Env) error {
	ln, err := env.Listen(s.Port)
	if err != nil {
		return err
	}
	port := s.Port
	if port == 0 { // the same number serves both
		if _, port, err = sdk.Addr(ln.Addr().String()).Split(); err != nil {
			return err
		}
	}
	packets, err := env.ListenPacket(port)
	if err != nil {
		return err
	}
	env.Go(func() { s.receive(packets) })
	for {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		s.add(sinkStats{Connections: 1})
		env.Go(func() { s.swallow(conn) })
	}
}

func (s *sink) add(more sinkStats) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count.Connections += more.Connections
	s.count.Datagrams += more.Datagrams
	s.count.Bytes += more.Bytes
}

func (s *sink) swallow(conn sdk.Conn) {
	defer conn.Close()
	buf := make([]byte, sip)
	for {
		n, err := conn.Read(buf)
		s.add(sinkStats{Bytes: n})
		if err != nil {
			return
		}
		if n == sip {
			buf = make([]byte, chunk)
		}
	}
}

func (s *sink) receive(packets net.PacketConn) {
	buf := make([]byte, sdk.MaxDatagram)
	for {
		n, _, err := packets.ReadFrom(buf)
		if err != nil {
			return
		}
		s.add(sinkStats{Datagrams: 1, Bytes: n})
	}
}

func (s *sink) stats(sdk.Env) (sinkStats, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count, nil
}
