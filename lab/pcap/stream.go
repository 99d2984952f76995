package pcap

import (
	"fmt"

	"github.com/gopacket/gopacket/layers"

	"github.com/netlab-dev/netlab/lab/result"
)

// streams are the connections of a run.
type streams struct {
	all   map[streamKey]*stream
	dials map[string]int // of each node, so far
}

// streamKey tells connections apart.
type streamKey struct {
	dialer, acceptor string
	port             int
	conn             uint64
}

// stream is one connection. Of its two ends the dialer's is the first.
type stream struct {
	port int       // of the dialer
	next [2]uint64 // sequence number behind all that the end has sent
	ack  [2]uint64 // the highest that it has acknowledged; 0 before it has heard of the other
	edge [2]uint64 // of the window that it gives to the other; 0 is unknown
}

// The ports of diallers whose own are unknown, as Linux gives them (net.ipv4.ip_local_port_range).
const firstPort, lastPort = 32768, 60999

func (s *streams) of(p *result.Packet) *stream {
	key := streamKey{p.From, p.To, p.Port, p.Conn}
	if p.Back {
		key.dialer, key.acceptor = p.To, p.From
	}
	if s.all[key] == nil {
		n := s.dials[key.dialer]
		s.dials[key.dialer]++
		s.all[key] = &stream{port: firstPort + n%(lastPort-firstPort+1)}
	}
	return s.all[key]
}

// learn takes the dialler's port from a packet: in live the first ones of a connection do not know it yet.
func (s *streams) learn(p *result.Packet) {
	if p.Conn != 0 {
		if c := s.of(p); p.Source > 0 {
			c.port = p.Source
		}
	}
}

// header is the TCP header of a packet. The number of the SYN is 0, so the first byte has number 1 (RFC 9293 section 3.4).
func (s *streams) header(p *result.Packet) (*layers.TCP, error) {
	c, end := s.of(p), 0
	h := &layers.TCP{SrcPort: layers.TCPPort(c.port), DstPort: layers.TCPPort(p.Port), Window: maxWindow}
	if p.Back {
		end = 1
		h.SrcPort, h.DstPort = h.DstPort, h.SrcPort
	}
	seq := c.next[end]
	length := uint64(p.Size)
	switch p.Kind {
	case "syn", "syn-ack":
		h.SYN, h.Options = true, synOptions
		seq, length = 0, 1
	case "data":
		h.PSH, h.FIN = p.Size > 0, p.Fin
		seq = 1 + p.Offset
		if p.Fin {
			length++
		}
	case "ack":
	case "reset":
		h.RST = true
	default:
		return nil, fmt.Errorf("kind %q, want datagram, data, ack, syn, syn-ack or reset", p.Kind)
	}
	h.ACK = p.Kind != "syn"
	if h.ACK {
		c.ack[end] = max(c.ack[end], 1+p.Ack)
		h.Ack = uint32(c.ack[end])
	}
	if c.edge[end] = max(c.edge[end], p.Window); c.edge[end] > 0 && !h.SYN {
		h.Window = scaled(c.edge[end] - min(c.edge[end], c.ack[end]-1))
	}
	c.next[end] = max(c.next[end], seq+length)
	h.Seq = uint32(seq)
	return h, nil
}

const (
	maxWindow   = 65535 // of the header's field; also where the window is not known
	windowScale = 7     // as Linux announces it for its usual buffers (RFC 7323 section 2)
)

// scaled is a window as the header says it, rounded up, so that only a shut one is 0.
func scaled(bytes uint64) uint16 {
	return uint16(min((bytes+1<<windowScale-1)>>windowScale, maxWindow))
}

// synOptions announce segments of the usual size, and the unit of windows.
var synOptions = []layers.TCPOption{
	{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{1460 >> 8, 1460 & 0xFF}},
	{OptionType: layers.TCPOptionKindWindowScale, OptionLength: 3, OptionData: []byte{windowScale}},
}
