package story

import (
	"slices"
	"strconv"

	"github.com/netlab-dev/netlab/lab/result"
)

// talks are, of each object that the check is about, its last call and what its connection or socket has last carried each
// way. Of an object whose packets are not known there are none: those of another one of its node would be false causes.
func (f *Focus) talks() (ids []uint64) {
	for _, o := range f.objects {
		calls := f.calls(o)
		sent, received, ok := f.carried(o, calls)
		if !ok {
			continue
		}
		for _, row := range []Row{sent, received} {
			if row.Packet != nil {
				ids = append(append(ids, row.ID()), f.cutOff(row)...)
			}
		}
		ids = append(ids, calls[max(0, len(calls)-1):]...)
	}
	return ids
}

// calls are those of the object's methods up to the failure.
func (f *Focus) calls(o result.Object) (ids []uint64) {
	number := result.Part{Text: "object", Value: strconv.FormatInt(o.Number, 10)}
	for _, row := range f.rows {
		m := row.Moment
		if m != nil && m.At <= f.Until && m.Class == "call" && m.Name == "called" && m.Node == o.Node && slices.Contains(m.Fields, number) {
			ids = append(ids, m.Number)
		}
	}
	return ids
}

// carried are the last packets of an object's connection or socket each way; false if it cannot be told which that is.
func (f *Focus) carried(o result.Object, calls []uint64) (sent, received Row, ok bool) {
	conn, ours := f.packets(o, calls)
	if len(conn) != 1 {
		return sent, received, false
	}
	for _, row := range f.rows {
		switch {
		case row.Packet == nil || row.Time() > f.Until || !conn[row.Conn] || row.Conn == 0 && !ours[row.ID()]:
		case slices.Contains([]string{"ack", "syn", "syn-ack"}, row.Kind):
		case row.From == o.Node:
			sent, ok = row, true
		case row.To == o.Node:
			received, ok = row, true
		}
	}
	return sent, received, ok
}

// packets are the connections whose packets follow from an object's calls, else all of its node; 0 stands for datagrams, and
// ours are those that follow, with their answers.
func (f *Focus) packets(o result.Object, calls []uint64) (conns, ours map[uint64]bool) {
	conns, ours = map[uint64]bool{}, map[uint64]bool{}
	all := map[uint64]bool{}
	for _, id := range calls {
		ours[id] = true
	}
	for _, row := range f.rows {
		if row.Packet == nil || row.From != o.Node && row.To != o.Node {
			continue
		}
		if all[row.Conn] = true; ours[row.Why().Cause] {
			conns[row.Conn] = true
			ours[row.ID()] = row.Conn == 0
		}
	}
	if len(conns) == 0 && !all[0] {
		return all, ours
	}
	return conns, ours
}
