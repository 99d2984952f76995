package live

import (
	"errors"
	"io"
	"net"
	"sync/atomic"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/value"
)

// conn is a kernel connection that speaks of nodes. Between two of them io.Copy still reaches the kernel's splice.
type conn struct {
	node          *Node
	tcp           *net.TCPConn
	local, remote value.Addr
	ended         atomic.Bool // CloseWrite was called
	lost          atomic.Bool // a call has met the reset, which the kernel tells of only once
	in, out       direct
	deadlines     deadlines
	peek          peek
}

var (
	_ sdk.Conn      = (*conn)(nil)
	_ io.ReaderFrom = (*conn)(nil)
	_ io.WriterTo   = (*conn)(nil)
)

// newConn wraps a connection, which it closes if the node has stopped.
func (n *Node) newConn(tcp *net.TCPConn, local, remote value.Addr) (*conn, error) {
	if err := n.keep(tcp); err != nil {
		tcp.Close()
		return nil, err
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil, err
	}
	limitUnsent(raw)
	c := &conn{node: n, tcp: tcp, local: local, remote: remote, peek: peek{raw: raw}}
	c.in.wait, c.out.wait = raw.Read, raw.Write
	c.deadlines.node, c.deadlines.socket = n, tcp
	return c, nil
}

func (c *conn) err(op string, err error) error {
	if err == nil {
		return nil // before the addresses are made interfaces, which would be two allocations for each read and write
	}
	if err == io.EOF && c.wasReset() {
		err = sdk.ErrReset
	}
	err = c.node.opError(op, "tcp", c.local, c.remote, err)
	if errors.Is(err, sdk.ErrReset) {
		c.lost.Store(true)
	}
	return err
}

// wasReset tells a reset from the end of the stream.
func (c *conn) wasReset() bool {
	return c.lost.Load() || !c.ended.Load() && WasReset(c.peek.raw)
}

// copied is err after the end of what was copied from c.
func (c *conn) copied(err error) error {
	if err == nil && c.wasReset() {
		return sdk.ErrReset
	}
	return err
}

func (c *conn) Read(p []byte) (int, error) {
	c.node.waits()
	count, err := c.in.read(p)
	return count, c.err("read", err)
}

func (c *conn) Write(p []byte) (int, error) {
	c.node.waits()
	if c.ended.Load() {
		return 0, c.err("write", sdk.ErrClosed) // the kernel would say EPIPE, as if the peer had reset us
	}
	count, err := c.out.write(p)
	return count, c.err("write", err)
}

// WriteTo hands the kernel's own connections to io.Copy where both ends are ours.
func (c *conn) WriteTo(w io.Writer) (int64, error) {
	c.node.waits()
	if peer, ours := w.(*conn); ours {
		return peer.ReadFrom(c)
	}
	count, err := io.Copy(w, c.tcp)
	return count, c.err("copy", c.copied(err))
}

// ReadFrom is WriteTo seen from the other end, also for a part of a stream (io.LimitReader, io.CopyN).
func (c *conn) ReadFrom(r io.Reader) (int64, error) {
	c.node.waits()
	if c.ended.Load() {
		return 0, c.err("write", sdk.ErrClosed)
	}
	if limited, ok := r.(*io.LimitedReader); ok {
		if peer, ours := limited.R.(*conn); ours {
			bare := &io.LimitedReader{R: peer.tcp, N: limited.N}
			count, err := c.tcp.ReadFrom(bare)
			if limited.N = bare.N; bare.N > 0 {
				err = peer.copied(err)
			}
			return count, c.err("copy", err)
		}
	} else if peer, ours := r.(*conn); ours {
		count, err := c.tcp.ReadFrom(peer.tcp)
		return count, c.err("copy", peer.copied(err))
	}
	count, err := c.tcp.ReadFrom(r)
	return count, c.err("copy", err)
}

func (c *conn) CloseWrite() error {
	c.ended.Store(true)
	return c.err("close", c.tcp.CloseWrite())
}

// Reset makes the kernel send RST: that is what closing with a linger time of zero does.
func (c *conn) Reset() error {
	if err := c.tcp.SetLinger(0); err != nil {
		return c.err("reset", err)
	}
	return c.Close()
}

// Close closes the socket first: a deadline that somebody sets meanwhile is refused from then on, and one that was
// taken before is forgotten.
func (c *conn) Close() error {
	err := c.tcp.Close()
	c.node.forget(c.tcp)
	c.deadlines.end()
	return c.err("close", err)
}

func (c *conn) LocalAddr() net.Addr  { return c.local }
func (c *conn) RemoteAddr() net.Addr { return c.remote }

func (c *conn) SetDeadline(t time.Time) error {
	return c.err("set", c.deadlines.setBoth(t))
}

func (c *conn) SetReadDeadline(t time.Time) error {
	return c.err("set", c.deadlines.setRead(t))
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	return c.err("set", c.deadlines.setWrite(t))
}
