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

// ToPackets are packets that stand behind so many others.
func ToPackets(list []network.Packet, left int) *Packets {
	to := &Packets{Left: int64(left)}
	known := map[string]uint32{}
	name := func(text string) uint32 {
		n, ok := known[text]
		if !ok {
			n = uint32(len(to.Names))
			known[text], to.Names = n, append(to.Names, text)
		}
		return n
	}
	for i := range list {
		p := &list[i]
		to.Number, to.Cause, to.Timer = append(to.Number, p.Number), append(to.Cause, p.Cause.Of), append(to.Timer, p.Cause.Timer)
		to.Kind, to.From, to.To = append(to.Kind, name(p.Kind)), append(to.From, name(p.From)), append(to.To, name(p.To))
		to.Port, to.Source = append(to.Port, uint32(p.Port)), append(to.Source, uint32(p.Source))
		to.Conn, to.Back, to.Offset = append(to.Conn, p.Conn), append(to.Back, p.Back), append(to.Offset, p.Offset)
		to.Ack, to.Window, to.Fin = append(to.Ack, p.Ack), append(to.Window, p.Window), append(to.Fin, p.Fin)
		to.Again, to.Size = append(to.Again, uint32(p.Again)), append(to.Size, uint32(p.Size))
		to.Head, to.Heads = append(to.Head, uint32(len(p.Head))), append(to.Heads, p.Head...)
		to.Sent, to.Gone, to.Why = append(to.Sent, int64(p.Sent)), append(to.Gone, int64(p.Left)), append(to.Why, uint32(p.Why))
		to.Copies = append(to.Copies, uint32(p.Copies))
		for _, at := range p.Arrives[:p.Copies] {
			to.Arrives = append(to.Arrives, int64(at))
		}
	}
	return to
}

// What a packet has at most: the largest datagram is larger than any segment.
const (
	maxPacket = 65_507
	maxPort   = 65_535
)

// FromPackets checks what a plugin says of packets: their form, not whether they can be.
func FromPackets(p *Packets) ([]network.Packet, error) {
	count, heads, arrives := len(p.GetNumber()), p.GetHeads(), p.GetArrives()
	if count > network.MaxLatest {
		return nil, fmt.Errorf("%d packets, want at most %d", count, network.MaxLatest)
	}
	for _, n := range []int{
		len(p.GetCause()), len(p.GetTimer()), len(p.GetKind()), len(p.GetFrom()), len(p.GetTo()), len(p.GetPort()), len(p.GetSource()),
		len(p.GetConn()), len(p.GetBack()), len(p.GetOffset()), len(p.GetAck()), len(p.GetWindow()), len(p.GetFin()), len(p.GetAgain()),
		len(p.GetSize()), len(p.GetHead()), len(p.GetSent()), len(p.GetGone()), len(p.GetWhy()), len(p.GetCopies()),
	} {
		if n != count {
			return nil, fmt.Errorf("a field of %d packets, want %d", n, count)
		}
	}
	list := make([]network.Packet, count)
	for i := range list {
		head, copies := int(p.Head[i]), int(p.Copies[i])
		if head > min(network.MaxHead, len(heads)) || copies > min(2, len(arrives)) {
			return nil, fmt.Errorf("a packet with a head of %d bytes and %d arrivals, of %d and %d", head, copies, len(heads), len(arrives))
		}
		if err := p.packet(i, &list[i]); err != nil {
			return nil, err
		}
		list[i].Head, heads = slices.Clip(heads[:head]), heads[head:]
		for n, at := range arrives[:copies] {
			if list[i].Arrives[n] = time.Duration(at); at < p.Gone[i] {
				return nil, fmt.Errorf("a packet that arrives at %v and left at %v", time.Duration(at), list[i].Left)
			}
		}
		arrives = arrives[copies:]
	}
	return list, nil
}

// packet reads the i-th packet without its head and arrivals.
func (p *Packets) packet(i int, to *network.Packet) error {
	if int(max(p.Kind[i], p.From[i], p.To[i])) >= len(p.Names) || !slices.Contains(network.Kinds[:], p.Names[p.Kind[i]]) {
		return errors.New("a packet of an unknown kind")
	}
	if max(p.Port[i], p.Source[i]) > maxPort || p.Size[i] > maxPacket || p.Again[i] > math.MaxInt32 || p.Why[i] > math.MaxUint8 {
		return fmt.Errorf("a packet of %d bytes from port %d to port %d, sent %d times before, lost for reason %d", p.Size[i], p.Source[i], p.Port[i], p.Again[i], p.Why[i])
	}
	*to = network.Packet{
		Number: p.Number[i], Cause: value.Cause{Of: p.Cause[i], Timer: p.Timer[i]}, Kind: p.Names[p.Kind[i]], From: p.Names[p.From[i]], To: p.Names[p.To[i]],
		Port: int(p.Port[i]), Source: int(p.Source[i]), Conn: p.Conn[i], Back: p.Back[i], Offset: p.Offset[i], Ack: p.Ack[i], Window: p.Window[i],
		Fin: p.Fin[i], Again: int(p.Again[i]), Size: int(p.Size[i]), Sent: time.Duration(p.Sent[i]), Left: time.Duration(p.Gone[i]),
		Copies: int(p.Copies[i]), Why: link.Drop(p.Why[i]),
	}
	return nil
}

func toCause(c value.Cause) *Cause {
	if c == (value.Cause{}) {
		return nil
	}
	return &Cause{Of: c.Of, Timer: c.Timer}
}

func fromCause(c *Cause) value.Cause { return value.Cause{Of: c.GetOf(), Timer: c.GetTimer()} }
