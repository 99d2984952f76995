package live

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/value"
)

// The parts of SOCKS5 (RFC 1928) and of its authentication by user and password (RFC 1929) that a node needs.
const (
	socksVersion  = 5
	socksUserPass = 2
	socksConnect  = 1
	socksIPv4     = 1
	socksDomain   = 3
	socksIPv6     = 4
	authVersion   = 1
)

// The host's replies that have a meaning for a component.
const (
	socksConnected = 0
	socksNoHost    = 4
	socksRefused   = 5
	socksExpired   = 6
)

// Dial opens a TCP connection to "node:port", waiting at most sdk.DialTimeout.
func (n *Node) Dial(addr string) (sdk.Conn, error) { return n.DialTimeout(addr, sdk.DialTimeout) }

// DialTimeout opens a TCP connection to "node:port" through the host's SOCKS5 endpoint. The host answers when the
// handshake has crossed the link: connected, refused, or nothing while the link is cut.
func (n *Node) DialTimeout(addr string, timeout time.Duration) (sdk.Conn, error) {
	n.waits()
	c, err := n.dial(addr, timeout)
	if err == nil {
		return c, nil
	}
	if n.stopped.Err() != nil {
		err = sdk.ErrStopped
	}
	return nil, fmt.Errorf("dial %s: %w", addr, err)
}

func (n *Node) dial(addr string, timeout time.Duration) (*conn, error) {
	name, port, err := value.Addr(addr).Split()
	if err != nil {
		return nil, err
	}
	if len(name) > 255 || len(n.config.Node) > 255 || len(n.config.Password) > 255 {
		return nil, fmt.Errorf("%w: SOCKS takes names and passwords of at most 255 bytes", sdk.ErrNoNode)
	}
	present, _ := n.timing.present()
	due := time.Now().Add(present.Wait(timeout))
	dialer := net.Dialer{Deadline: due, KeepAlive: -1}
	dialer.SetMultipathTCP(false)
	bare, err := dialer.DialContext(n.stopped, "tcp4", n.config.Socks)
	if err != nil {
		return nil, hostError(err)
	}
	tcp := bare.(*net.TCPConn)
	c, err := n.newConn(tcp, "", value.MakeAddr(name, port)) // now, so that a stop ends the handshake
	if err != nil {
		return nil, err
	}
	source, err := c.handshake(name, port, due)
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	if source == 0 {
		source = tcp.LocalAddr().(*net.TCPAddr).Port
	}
	c.local = value.MakeAddr(n.config.Node, source)
	return c, nil
}

// handshake asks the host to connect us, and gives up at the machine's instant due, which a change of the node's clock
// moves. It returns the port from which the host has connected, which is the one the other node sees.
func (c *conn) handshake(name string, port int, due time.Time) (source int, err error) {
	if err := c.deadlines.within(due); err != nil {
		return 0, hostError(err)
	}
	tcp, n := c.tcp, c.node
	// Authentication is never negotiated, so everything goes out at once: one round trip instead of three.
	request := []byte{socksVersion, 1, socksUserPass, authVersion, byte(len(n.config.Node))}
	request = append(request, n.config.Node...)
	request = append(request, byte(len(n.config.Password)))
	request = append(request, n.config.Password...)
	request = append(request, socksVersion, socksConnect, 0, socksDomain, byte(len(name)))
	request = append(request, name...)
	request = binary.BigEndian.AppendUint16(request, uint16(port))
	if _, err := tcp.Write(request); err != nil {
		return 0, hostError(err)
	}
	source, err = readReply(tcp)
	if err != nil {
		return 0, err
	}
	return source, hostError(c.deadlines.setBoth(time.Time{}))
}

// readReply reads the host's answers, and not a byte more: what follows belongs to the connection.
func readReply(r io.Reader) (source int, err error) {
	var head [9]byte // method chosen (2), authentication (2), version, reply, reserved, type and length of an address
	if _, err := io.ReadFull(r, head[:4]); err != nil {
		return 0, hostError(err)
	}
	if head[0] != socksVersion || head[1] != socksUserPass || head[3] != 0 {
		return 0, fmt.Errorf("the host refused our name or password: answered % x", head[:4])
	}
	if _, err := io.ReadFull(r, head[4:]); err != nil {
		return 0, hostError(err)
	}
	if head[4] != socksVersion {
		return 0, fmt.Errorf("the host answered with SOCKS version %d, want %d", head[4], socksVersion)
	}
	if err := replyError(head[5]); err != nil {
		return 0, err
	}
	length := 2 // the port; the address is shorter by the byte that we have read with the head
	switch head[7] {
	case socksIPv4:
		length += 4 - 1
	case socksIPv6:
		length += 16 - 1
	case socksDomain:
		length += int(head[8])
	default:
		return 0, fmt.Errorf("the host answered with an address of unknown type %d", head[7])
	}
	rest := make([]byte, length)
	if _, err := io.ReadFull(r, rest); err != nil {
		return 0, hostError(err)
	}
	return int(binary.BigEndian.Uint16(rest[length-2:])), nil
}

func replyError(code byte) error {
	switch code {
	case socksConnected:
		return nil
	case socksNoHost:
		return sdk.ErrNoNode
	case socksRefused:
		return sdk.ErrRefused
	case socksExpired:
		return sdk.ErrTimeout
	}
	return fmt.Errorf("the host answered with SOCKS reply %d", code)
}

// hostError is a failure of our way to the host. It must not pass for an answer of the node we dial: only a timeout and
// a connection that ends in the middle of the handshake mean the same.
func hostError(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded):
		return sdk.ErrTimeout
	case err == io.EOF, err == io.ErrUnexpectedEOF, meaning(err) == sdk.ErrReset:
		return sdk.ErrReset
	}
	return fmt.Errorf("the host's SOCKS endpoint: %v", err)
}
