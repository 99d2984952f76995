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
	for i, row := range f.rows {
		if row.Packet == nil || !f.cause(row) || row.Kind == "ack" {
			continue
		}
		marked := 0
		for j := i - 1; j >= 0 && j >= i-mostSteps && marked < mostAttempts; j-- {
			p := f.rows[j].Packet
			if p == nil || !same(p, row.Packet) {
				continue
			}
			if answers[p.Number] || !f.causes && p.Lost == "" {
				break
			}
			f.follow(p.Number)
			marked++
		}
	}
}

// same tells whether two packets say the same to the same node.
func same(a, b *result.Packet) bool {
	return a.Kind == b.Kind && a.From == b.From && a.To == b.To && a.Port == b.Port && a.Source == b.Source && a.Conn == b.Conn && a.Back == b.Back &&
		a.Offset == b.Offset && a.Size == b.Size && a.Fin == b.Fin && a.Type == b.Type && slices.Equal(a.Fields, b.Fields) &&
		(a.Conn == 0 && bytes.Equal(a.Data, b.Data) || a.Conn > 0 && b.Again > a.Again)
}
