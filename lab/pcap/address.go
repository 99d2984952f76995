package pcap

import (
	"encoding/binary"
	"net"
	"net/netip"
)

// address is a number within 10.0.0.0/8.
type address uint32

const (
	firstAddress address = 1
	lastAddress  address = 1<<24 - 2 // the one after is for broadcasts
)

func (a address) bytes() [4]byte {
	return [4]byte(binary.BigEndian.AppendUint32(nil, 10<<24|uint32(a)))
}

func (a address) ip() net.IP { b := a.bytes(); return b[:] }

func (a address) String() string { return netip.AddrFrom4(a.bytes()).String() }

// Codes of the block that gives addresses their names, which the library reads and does not write.
const (
	blockNames = 4
	recordIPv4 = 1
)

// names is a block with the name of each node at its address.
func (r *run) names() []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, blockNames)
	b = le.AppendUint32(b, 0) // the length, known at the end
	for i, node := range r.nodes {
		a := (r.first + address(i)).bytes()
		name := show(node, maxName)
		b = le.AppendUint16(b, recordIPv4)
		b = le.AppendUint16(b, uint16(len(a)+len(name)+1))
		b = append(append(append(b, a[:]...), name...), 0)
		b = append(b, make([]byte, -len(b)&3)...) // to the next multiple of 4
	}
	b = le.AppendUint32(b, 0) // the end of the records
	length := uint32(len(b) + 4)
	le.PutUint32(b[4:], length)
	return le.AppendUint32(b, length)
}
