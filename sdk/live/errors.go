package live

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/netlab-dev/netlab/sdk"
)

// meaning turns an error of the kernel into the one of package sdk that both engines share.
func meaning(err error) error {
	var number syscall.Errno
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return sdk.ErrTimeout
	case errors.Is(err, net.ErrClosed):
		return sdk.ErrClosed
	case !errors.As(err, &number):
		return err
	}
	switch number {
	case syscall.ECONNRESET, syscall.EPIPE, syscall.ENOTCONN, syscall.ECONNABORTED, syscall.EPROTOTYPE:
		return sdk.ErrReset // EPROTOTYPE is what darwin says to a write in the middle of a reset
	case syscall.ECONNREFUSED:
		return sdk.ErrRefused
	case syscall.ETIMEDOUT:
		return sdk.ErrTimeout
	case syscall.EMSGSIZE:
		return sdk.ErrTooLarge
	case syscall.EADDRINUSE:
		return sdk.ErrInUse
	case syscall.EADDRNOTAVAIL:
		return sdk.ErrNoPort
	}
	return number
}

// opError is the error of a call on a socket, with the addresses of nodes in place of the kernel's. Once the node has
// stopped every error is ErrStopped. io.EOF stays bare, as the contract of io.Reader asks.
func (n *Node) opError(op, network string, source, addr net.Addr, err error) error {
	switch {
	case err == nil:
		return nil
	case n.stopped.Err() != nil:
		err = sdk.ErrStopped
	case err == io.EOF:
		return err
	}
	return &net.OpError{Op: op, Net: network, Source: source, Addr: addr, Err: meaning(err)}
}
