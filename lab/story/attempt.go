package story

import (
	"bytes"
	"slices"

	"github.com/netlab-dev/netlab/lab/result"
)

// mostAttempts bounds the copies of a message that are marked.
const mostAttempts = 8

// attempts marks the copies that were sent before a cause in vain: a component, or TCP, has then sent the same again. One that
// was answered, as a heartbeat is, is none of them.
func (f *Focus) attempts() {
	answers := map[uint64]bool{} // packets to which another one came back
	for _, row := range f.rows {
		if p := row.Packet; p != nil {
			if of, ok := f.Row(p.Cause); ok && of.Packet != nil && of.From == p.To && of.To == p.From && p.Lost == "" && !row.Why().Timer {
				answers[of.ID()] = true
			}
		}
	}
	sent := map[message][]int{} // where copies stand among the rows
	for i, row := range f.rows {
		if row.Packet == nil || row.Kind == "ack" {
			continue
		}
		of := messageOf(row.Packet)
		if f.cause(row) {
			f.copies(row.Packet, sent[of], i-mostSteps, answers)
		}
		sent[of] = append(sent[of], i)
	}
}

// copies marks those of a packet from that row on, up to the last one that was not in vain.
func (f *Focus) copies(of *result.Packet, at []int, from int, answers map[uint64]bool) {
	marked := 0
	for _, i := range slices.Backward(at) {
		p := f.rows[i].Packet
		if i < from || marked == mostAttempts {
			return
		}
		if !again(p, of) {
			continue
		}
		if answers[p.Number] || !f.causes && p.Lost == "" {
			return
		}
		f.follow(p.Number)
		marked++
	}
}

// message is what copies of a packet have in common, but for what they carry.
type message struct {
	kind, from, to, typ string
	port, source, size  int
	conn, offset        uint64
	back, fin           bool
}

func messageOf(p *result.Packet) message {
	return message{p.Kind, p.From, p.To, p.Type, p.Port, p.Source, p.Size, p.Conn, p.Offset, p.Back, p.Fin}
}

// again tells whether b, which is the same message, says the same as a did: of a stream TCP has sent it again.
func again(a, b *result.Packet) bool {
	return slices.Equal(a.Fields, b.Fields) && (a.Conn == 0 && bytes.Equal(a.Data, b.Data) || a.Conn > 0 && b.Again > a.Again)
}
