package sdk

import (
	"errors"
	"io/fs"
	"net"
	"os"

	"github.com/netlab-dev/netlab/sdk/value"
)

// Errors of the environment. They compare by errors.Is, and are the same ones in both engines. io.EOF ends a stream
// whose peer closed its direction.
var (
	// ErrStopped is returned by every blocking call once the node stops.
	ErrStopped = errors.New("node stopped")
	// ErrRefused answers a dial to a port where nobody listens.
	ErrRefused = errors.New("connection refused")
	// ErrReset ends a connection that the peer, a crash or a fault has reset.
	ErrReset = errors.New("connection reset")
	// ErrNoNode answers a dial to a name that no node has.
	ErrNoNode = errors.New("no such node")
	// ErrInUse answers a listen on a port that is taken, ErrNoPort a dial or a listen on port 0 when no port is free.
	ErrInUse  = errors.New("port in use")
	ErrNoPort = errors.New("no free port")
	// ErrTooLarge refuses a datagram above MaxDatagram.
	ErrTooLarge = value.ErrTooLarge
	// ErrTimeout ends a wait at its deadline.
	ErrTimeout = os.ErrDeadlineExceeded
	// ErrClosed answers calls on what this node itself has closed.
	ErrClosed = net.ErrClosed
	// ErrNotExist answers Remove and Rename of a file that does not exist.
	ErrNotExist = fs.ErrNotExist
)
