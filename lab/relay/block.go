package relay

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"syscall"
)

// A block is 127.B.0.0/16, claimed by a run for as long as its guard socket is open:
//
//	127.B.0.1 up to 127.B.126.255      nodes
//	127.B.128.1 up to 127.B.254.255    the UDP ports as others see them
//	127.B.255.253, 127.B.255.254       the SOCKS endpoint and the guard
type block struct {
	number byte
	guard  *net.UDPConn
}

// guardPort is the same in every process: binding it is the claim. It lies below the ports that kernels hand out.
const guardPort = 28077

// maxNodes is how many addresses of nodes a block has.
const maxNodes = 127*256 - 1

// claimBlock takes a free block, starting anywhere so that runs side by side seldom meet.
func claimBlock() (*block, error) {
	const blocks = 254
	start := rand.IntN(blocks)
	for i := range blocks {
		b := &block{number: byte(1 + (start+i)%blocks)}
		guard, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(b.at(255, 254), guardPort)))
		if err == nil {
			b.guard = guard
			return b, nil
		}
		if !errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("claim a block of loopback addresses: %w", err)
		}
	}
	return nil, fmt.Errorf("all %d blocks of loopback addresses are taken: UDP port %d of each is in use",
		blocks, guardPort)
}

func (b *block) release() error { return b.guard.Close() }

func (b *block) at(third, fourth byte) netip.Addr {
	return netip.AddrFrom4([4]byte{127, b.number, third, fourth})
}

func (b *block) socks() netip.Addr { return b.at(255, 253) }

// node is the address of a node by number, from 0.
func (b *block) node(number int) netip.Addr {
	number++
	return b.at(byte(number>>8), byte(number))
}

// numberOf is the reverse of node; -1 for an address that is no node's.
func (b *block) numberOf(a netip.Addr) int {
	octets := a.As4()
	if octets[0] != 127 || octets[1] != b.number || octets[2] > 126 {
		return -1
	}
	return int(octets[2])<<8 + int(octets[3]) - 1
}

// listenTCP opens a listener on a free port. Multipath TCP stays off: its sockets know fewer options.
func listenTCP(at netip.Addr) (*net.TCPListener, error) {
	config := net.ListenConfig{KeepAlive: -1}
	config.SetMultipathTCP(false)
	l, err := config.Listen(context.Background(), "tcp4", netip.AddrPortFrom(at, 0).String())
	if err != nil {
		return nil, err
	}
	return l.(*net.TCPListener), nil
}
