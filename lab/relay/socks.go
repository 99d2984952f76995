package relay

import (
	"bufio"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"time"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/sdk/live"
)

// The parts of SOCKS5 (RFC 1928) and of its authentication by user name and password (RFC 1929) that we speak.
const (
	socksVersion     = 5
	authVersion      = 1
	authOK           = 0
	authFailed       = 1
	byUserName       = 2
	noneAcceptable   = 0xff
	commandConnect   = 1
	addressIPv4      = 1
	addressName      = 3
	addressIPv6      = 4
	replyConnected   = 0
	replyFailed      = 1
	replyNoNode      = 4
	replyRefused     = 5
	replyExpired     = 6
	replyCommand     = 7
	replyAddressType = 8
)

// requestLimit is how long a dialler may take to say what it wants.
const requestLimit = 10 * time.Second

// accept serves the SOCKS endpoint until it is closed.
func (n *Network) accept() {
	for {
		client, err := n.socks.AcceptTCP()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // out of descriptors: they may come back
			n.trouble("the socks endpoint cannot accept", err)
			n.rest()
			continue
		}
		n.mu.Lock()
		closed := n.closed
		if !closed {
			n.dialing[client] = struct{}{}
			n.tasks.Go(bug.Guarded(func() { n.serve(client) }))
		}
		n.mu.Unlock()
		if closed {
			client.Close()
		}
	}
}

// rest waits a little, or until the network is closed.
func (n *Network) rest() {
	t := time.NewTimer(10 * time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
	case <-n.running.Done():
	}
}

// dialled takes a client off the list of those whose dial is under way.
func (n *Network) dialled(client *net.TCPConn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.dialing, client)
}

// request is what a dialler wants.
type request struct {
	from, to *node
	port     int
	early    []byte        // sent along with the request, for the other node
	answer   *bufio.Writer // holds what the dialler has not been told yet
}

// polite is a dialler's connection that is read only after all answers so far have gone out.
type polite struct {
	net.Conn
	answer *bufio.Writer
}

func (p polite) Read(b []byte) (int, error) {
	if err := p.answer.Flush(); err != nil {
		return 0, err
	}
	return p.Conn.Read(b)
}

// refusal is a reason not to dial, with the code that says so.
type refusal struct {
	code byte
	text string
}

func (r refusal) Error() string { return r.text }

// negotiate reads a request. Its answers go out when it must wait for the dialler, so that one who sends all at once
// gets all at once.
func (n *Network) negotiate(client *net.TCPConn) (request, error) {
	if err := client.SetDeadline(time.Now().Add(requestLimit)); err != nil {
		return request{}, err
	}
	answer := bufio.NewWriterSize(client, 32)
	r := bufio.NewReaderSize(polite{client, answer}, 1024)
	from, err := n.authenticate(r, answer)
	if err != nil {
		return request{}, errors.Join(err, answer.Flush())
	}
	to, port, err := n.destination(r)
	if err != nil {
		var refused refusal
		if errors.As(err, &refused) {
			err = errors.Join(err, send(answer, refused.code, netip.AddrPort{}))
		}
		return request{}, fmt.Errorf("from node %q: %w", from.name, err)
	}
	early, err := r.Peek(r.Buffered())
	if err == nil {
		err = client.SetDeadline(time.Time{})
	}
	return request{from: from, to: to, port: port, early: early, answer: answer}, err
}

func (n *Network) authenticate(r *bufio.Reader, client io.Writer) (*node, error) {
	offered, err := readBlock(r, socksVersion, "SOCKS version")
	if err != nil {
		return nil, err
	}
	method := byte(noneAcceptable)
	for _, m := range offered {
		if m == byUserName {
			method = byUserName
		}
	}
	if _, err := client.Write([]byte{socksVersion, method}); err != nil {
		return nil, err
	}
	if method != byUserName {
		return nil, fmt.Errorf("methods % x offered: a dialler must give its node's name and the run's password", offered)
	}
	name, err := readBlock(r, authVersion, "authentication version")
	if err != nil {
		return nil, err
	}
	password, err := readText(r)
	if err != nil {
		return nil, err
	}
	var from *node
	refused := errors.New("wrong SOCKS password: lab up and lab run -v print the one of the run")
	if subtle.ConstantTimeCompare(password, []byte(n.password)) == 1 {
		from = n.named(string(name))
		refused = fmt.Errorf("no node %q: the SOCKS user name must be the dialling node's", name)
	}
	if from == nil {
		_, err := client.Write([]byte{authVersion, authFailed})
		return nil, errors.Join(refused, err)
	}
	_, err = client.Write([]byte{authVersion, authOK})
	return from, err
}

// readBlock reads a version and a block of bytes with its length before it.
func readBlock(r *bufio.Reader, version byte, what string) ([]byte, error) {
	got, err := r.ReadByte()
	if err == nil && got != version {
		err = fmt.Errorf("%s %d, want %d", what, got, version)
	}
	if err != nil {
		return nil, err
	}
	return readText(r)
}

// readText reads bytes with their number before them.
func readText(r *bufio.Reader) ([]byte, error) {
	length, err := r.ReadByte()
	if err != nil {
		return nil, err
	}
	text := make([]byte, length)
	_, err = io.ReadFull(r, text)
	return text, err
}

func (n *Network) destination(r *bufio.Reader) (*node, int, error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, 0, err
	}
	if head[0] != socksVersion {
		return nil, 0, refusal{replyFailed, fmt.Sprintf("SOCKS version %d in the request, want %d", head[0], socksVersion)}
	}
	length := map[byte]byte{addressIPv4: 4, addressIPv6: 16}[head[3]]
	if head[3] == addressName {
		var err error
		if length, err = r.ReadByte(); err != nil {
			return nil, 0, err
		}
	}
	rest := make([]byte, int(length)+2)
	if _, err := io.ReadFull(r, rest); err != nil {
		return nil, 0, err
	}
	host, port := rest[:length], int(binary.BigEndian.Uint16(rest[length:]))
	if head[1] != commandConnect {
		return nil, 0, refusal{replyCommand, fmt.Sprintf("SOCKS command %d, want CONNECT (1)", head[1])}
	}
	var to *node
	switch head[3] {
	case addressName:
		to = n.named(string(host))
	case addressIPv4:
		address := netip.AddrFrom4([4]byte(host))
		host = []byte(address.String())
		to = n.nodeAt(live.Owner(address))
	default:
		return nil, 0, refusal{replyAddressType, fmt.Sprintf("address of type %d, want the name of a node", head[3])}
	}
	if to == nil {
		return nil, 0, refusal{replyNoNode, fmt.Sprintf("no node %q", host)}
	}
	return to, port, nil
}

// send answers a request. bound is the address that the other node sees.
func send(answer *bufio.Writer, code byte, bound netip.AddrPort) error {
	b := []byte{socksVersion, code, 0, addressIPv4, 0, 0, 0, 0}
	if bound.IsValid() {
		address := bound.Addr().As4()
		copy(b[4:], address[:])
	}
	_, err := answer.Write(binary.BigEndian.AppendUint16(b, bound.Port()))
	return errors.Join(err, answer.Flush())
}
