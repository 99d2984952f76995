package wire

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/value"
)

// ToPacket copies what is lent.
func ToPacket(p *network.Packet) *Packet {
	to := &Packet{
		Number: p.Number, Cause: toCause(p.Cause), Kind: p.Kind, From: p.From, To: p.To, Port: int32(p.Port), Conn: p.Conn, Back: p.Back,
		Offset: p.Offset, Ack: p.Ack, Window: p.Window, Fin: p.Fin, Again: int32(p.Again), Source: int32(p.Source), Size: int64(p.Size), Head: slices.Clone(p.Head),
		Sent: int64(p.Sent), Left: int64(p.Left), Why: uint32(p.Why),
	}
	for _, at := range p.Arrives[:p.Copies] {
		to.Arrives = append(to.Arrives, int64(at))
	}
	return to
}

// What a packet has at most: the largest datagram is larger than any segment.
const (
	maxPacket = 65_507
	maxPort   = 65_535
)

// FromPacket checks what a plugin says of a packet: its form, not whether it can be.
func FromPacket(p *Packet) (network.Packet, error) {
	if !slices.Contains(network.Kinds[:], p.GetKind()) {
		return network.Packet{}, errors.New("a packet of an unknown kind")
	}
	if len(p.GetArrives()) > 2 || len(p.GetHead()) > network.MaxHead || p.GetAgain() < 0 || p.GetWhy() > math.MaxUint8 {
		return network.Packet{}, fmt.Errorf("a packet with %d arrivals, a head of %d bytes, sent %d times before, lost for reason %d",
			len(p.GetArrives()), len(p.GetHead()), p.GetAgain(), p.GetWhy())
	}
	if p.GetSize() < 0 || p.GetSize() > maxPacket || p.GetPort() < 0 || p.GetPort() > maxPort || p.GetSource() < 0 || p.GetSource() > maxPort {
		return network.Packet{}, fmt.Errorf("a packet of %d bytes from port %d to port %d", p.GetSize(), p.GetSource(), p.GetPort())
	}
	from := network.Packet{
		Number: p.GetNumber(), Cause: fromCause(p.GetCause()), Kind: p.GetKind(), From: p.GetFrom(), To: p.GetTo(), Port: int(p.GetPort()),
		Conn: p.GetConn(), Back: p.GetBack(), Offset: p.GetOffset(), Ack: p.GetAck(), Window: p.GetWindow(), Fin: p.GetFin(), Again: int(p.GetAgain()), Source: int(p.GetSource()),
		Size: int(p.GetSize()), Head: p.GetHead(), Sent: time.Duration(p.GetSent()), Left: time.Duration(p.GetLeft()),
		Copies: len(p.GetArrives()), Why: link.Drop(p.GetWhy()),
	}
	for i, at := range p.GetArrives() {
		if at < p.GetLeft() {
			return network.Packet{}, fmt.Errorf("a packet that arrives at %v and left at %v", time.Duration(at), from.Left)
		}
		from.Arrives[i] = time.Duration(at)
	}
	return from, nil
}

func toCause(c value.Cause) *Cause {
	if c == (value.Cause{}) {
		return nil
	}
	return &Cause{Of: c.Of, Timer: c.Timer}
}

func fromCause(c *Cause) value.Cause { return value.Cause{Of: c.GetOf(), Timer: c.GetTimer()} }
