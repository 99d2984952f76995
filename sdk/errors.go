package sdk

import (
	"errors"
	"io/fs"
	"net"
	"os"

	"github.com/netlab-dev/netlab/sdk/value"
)

// Errors of the environment, the same in both engines. Compare them with errors.Is. A stream ends with io.EOF when the
// peer has closed its direction.
var (
	// ErrStopped is the error of every blocking call when the node stops.
	ErrStopped = errors.New("node stopped")
	// ErrRefused is the error of a dial to a port where nobody listens.
	ErrRefused = errors.New("connection refused")
	// ErrReset is the error of a connection that the peer, a crash or a fault has reset.
	ErrReset = errors.New("connection reset")
	// ErrNoNode is the error of a dial to a name that no node has.
	ErrNoNode = errors.New("no such node")
	// ErrInUse is for a listen on a taken port. ErrNoPort is for a dial, or a listen on port 0, if no port is free.
	ErrInUse  = errors.New("port in use")
	ErrNoPort = errors.New("no free port")
	// ErrTooLarge is the error of a datagram above MaxDatagram.
	ErrTooLarge = value.ErrTooLarge
	// ErrTimeout is the error of a wait that reaches its deadline.
	ErrTimeout = os.ErrDeadlineExceeded
	// ErrClosed is the error of a call on something that this node has closed.
	ErrClosed = net.ErrClosed
	// ErrNotExist is the error of Stat, Remove and Rename of a file that does not exist.
	ErrNotExist = fs.ErrNotExist
)
