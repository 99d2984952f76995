package live

import "net/netip"

// relayBit is added to the third octet of a node's address to form its relay address. Nodes therefore live in 127.B.0.0 up to
// 127.B.127.255.
const relayBit = 128

// RelayAddr is the address under which a node is seen by the others for UDP: the host's relay owns it. A node at 127.B.x.y
// has the relay address 127.B.(x+128).y. Whoever sends to a port of that address reaches the same port of the node, through the
// link. An address that is no node's (not 127.B.x.y with x < 128) comes back unchanged.
func RelayAddr(node netip.Addr) netip.Addr {
	a := node.Unmap()
	if !a.Is4() {
		return node
	}
	octets := a.As4()
	if octets[0] != 127 || octets[2] >= relayBit {
		return node
	}
	octets[2] += relayBit
	return netip.AddrFrom4(octets)
}

// Owner is the node's own address behind a relay address; a node's address is its own owner.
func Owner(a netip.Addr) netip.Addr {
	b := a.Unmap()
	if !b.Is4() {
		return a
	}
	octets := b.As4()
	if octets[0] == 127 && octets[2] >= relayBit {
		octets[2] -= relayBit
	}
	return netip.AddrFrom4(octets)
}
