package pcap

import (
	"fmt"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"

	"github.com/netlab-dev/netlab/lab/result"
)

// The largest payloads that an IPv4 packet of 65,535 bytes holds, behind 20 bytes of IP and 8 of UDP or 20 of TCP.
const (
	maxDatagram = 65535 - 20 - 8
	maxSegment  = 65535 - 20 - 20
)

// frame is the packet as bytes: how many it has, and those that are known. They are lent until the next call.
func (r *run) frame(p *result.Packet) (length int, captured []byte, err error) {
	if p.Port < 0 || p.Port > 65535 || p.Source < 0 || p.Source > 65535 {
		return 0, nil, fmt.Errorf("ports %d and %d, want 0 to 65535", p.Source, p.Port)
	}
	ip := &layers.IPv4{
		Version: 4, TTL: 64, Id: uint16(p.Number), Flags: layers.IPv4DontFragment,
		SrcIP: r.address(p.From).ip(), DstIP: r.address(p.To).ip(),
	}
	if p.Kind == "datagram" {
		return r.datagram(ip, p)
	}
	return r.segment(ip, p)
}

// datagram leaves the checksum out, as the payload may be known in part only.
func (r *run) datagram(ip *layers.IPv4, p *result.Packet) (int, []byte, error) {
	if p.Size < 0 || p.Size > maxDatagram {
		return 0, nil, fmt.Errorf("a datagram of %d bytes, want 0 to %d", p.Size, maxDatagram)
	}
	source := p.Source
	if source == 0 {
		source = p.Port
	}
	ip.Protocol = layers.IPProtocolUDP
	udp := &layers.UDP{SrcPort: layers.UDPPort(source), DstPort: layers.UDPPort(p.Port)}
	return r.serialize(ip, udp, false, p)
}

func (r *run) segment(ip *layers.IPv4, p *result.Packet) (int, []byte, error) {
	if p.Size < 0 || p.Size > maxSegment {
		return 0, nil, fmt.Errorf("a segment of %d bytes, want 0 to %d", p.Size, maxSegment)
	}
	tcp, err := r.streams.header(p)
	if err != nil {
		return 0, nil, err
	}
	ip.Protocol = layers.IPProtocolTCP
	if err := tcp.SetNetworkLayerForChecksum(ip); err != nil {
		return 0, nil, err
	}
	return r.serialize(ip, tcp, true, p)
}

// maxFilled bounds the unknown bytes of streams that stand as zeros in a file.
const maxFilled = 16 << 20

// fill is how many bytes of the payload the file shall have. Wireshark follows a stream by its bytes, so unknown ones stand as
// zeros. Of a datagram only what is known is there.
func (r *run) fill(p *result.Packet, known int) int {
	if p.Kind == "datagram" || r.file.filled > maxFilled {
		return known
	}
	r.file.filled += p.Size - known
	return p.Size
}

// serialize puts the layers before the payload. A byte that is not known counts as 0.
func (r *run) serialize(ip *layers.IPv4, transport gopacket.SerializableLayer, sum bool, p *result.Packet) (int, []byte, error) {
	if err := r.buffer.Clear(); err != nil {
		return 0, nil, err
	}
	payload, err := r.buffer.AppendBytes(p.Size)
	if err != nil {
		return 0, nil, err
	}
	clear(payload)
	known := copy(payload, p.Data)
	if err := transport.SerializeTo(r.buffer, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: sum}); err != nil {
		return 0, nil, err
	}
	if err := ip.SerializeTo(r.buffer, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}); err != nil {
		return 0, nil, err
	}
	all := r.buffer.Bytes()
	return len(all), all[:len(all)-p.Size+r.fill(p, known)], nil
}
