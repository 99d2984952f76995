package relay

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// diag asks the kernel about sockets of other processes, by their addresses (sock_diag(7)). It needs no privileges and
// takes about 5 us.
type diag struct {
	mu     sync.Mutex
	fd     int
	answer [8192]byte
}

func newDiag() (*diag, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, fmt.Errorf("sock_diag: %w", err)
	}
	return &diag{fd: fd}, nil
}

func (d *diag) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	fd := d.fd
	d.fd = -1
	return unix.Close(fd)
}

// unread is how many bytes written to an end its node has not read; 0 for a socket that is gone.
func (d *diag) unread(e *end) int {
	unsent := 0 // asked first: what leaves meanwhile counts twice, and not never
	err := e.raw.Control(func(fd uintptr) { unsent, _ = unix.IoctlGetInt(int(fd), unix.SIOCOUTQNSD) })
	if err != nil {
		return 0
	}
	waiting, err := d.receiveQueue(e.addresses())
	if err != nil {
		return 0
	}
	return unsent + waiting
}

// The parts of the kernel's interface (linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h) that we need.
const (
	headerSize    = 16 // struct nlmsghdr
	requestSize   = 56 // struct inet_diag_req_v2
	byFamily      = 20 // SOCK_DIAG_BY_FAMILY
	anyState      = 0xfff
	noCookie      = 0xffffffff
	queueAt       = headerSize + 56 // inet_diag_msg.idiag_rqueue
	leastResponse = queueAt + 4
)

// receiveQueue is how many bytes wait to be read from the socket with these addresses.
func (d *diag) receiveQueue(local, remote netip.AddrPort) (int, error) {
	request := diagRequest(local, remote)
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := unix.Sendto(d.fd, request[:], 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return 0, err
	}
	n, _, err := unix.Recvfrom(d.fd, d.answer[:], 0) // the kernel has answered already
	for err == unix.EINTR {
		n, _, err = unix.Recvfrom(d.fd, d.answer[:], 0)
	}
	if err != nil {
		return 0, err
	}
	b := d.answer[:n]
	switch {
	case n >= headerSize+4 && binary.NativeEndian.Uint16(b[4:]) == unix.NLMSG_ERROR:
		return 0, syscall.Errno(-int32(binary.NativeEndian.Uint32(b[headerSize:])))
	case n < leastResponse:
		return 0, errors.New("sock_diag: a short answer")
	}
	return int(binary.NativeEndian.Uint32(b[queueAt:])), nil
}

func diagRequest(local, remote netip.AddrPort) (b [headerSize + requestSize]byte) {
	native, network := binary.NativeEndian, binary.BigEndian
	native.PutUint32(b[0:], uint32(len(b)))
	native.PutUint16(b[4:], byFamily)
	native.PutUint16(b[6:], unix.NLM_F_REQUEST)
	r := b[headerSize:]
	r[0], r[1] = unix.AF_INET, unix.IPPROTO_TCP
	native.PutUint32(r[4:], anyState)
	network.PutUint16(r[8:], local.Port())
	network.PutUint16(r[10:], remote.Port())
	src, dst := local.Addr().As4(), remote.Addr().As4()
	copy(r[12:], src[:])
	copy(r[28:], dst[:])
	native.PutUint32(r[48:], noCookie)
	native.PutUint32(r[52:], noCookie)
	return b
}
