// Package env holds the interfaces and types that both implementations of the environment share: sdk/sim (virtual
// time) and sdk/live (kernel sockets). It imports no other package of this module, so that either implementation can
// be built and tested without the sdk. Plugin authors meet these names through their aliases in package sdk.
package env

import (
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Env is all that a component may know of the world it runs in: its clock, its network, its disk, its randomness and
// its trace. All methods may be called from any task of the node, at the same time.
//
// When the node stops or crashes, every blocking call returns ErrStopped (live) or unwinds the calling task, running
// its deferred calls (sim). What a component returns after that is a normal end.
type Env interface {
	// Node is the name of the node this component runs on.
	Node() string
	// Peers are the names of the nodes added together with this one, sorted, without the node itself.
	Peers() []string
	// Now is the node's clock. In sim it starts at Epoch; a clock fault moves it.
	Now() time.Time
	// Sleep waits for d on the node's clock. It returns ErrStopped once the node stops, nil otherwise.
	Sleep(d time.Duration) error
	// AfterFunc runs f as a task of its own after d.
	AfterFunc(d time.Duration, f func()) Timer
	// Go runs f as a task of this node. A task takes the place of a goroutine.
	Go(f func())
	// Listen opens a TCP listener on the node's port; 0 takes a free one. ErrInUse when the port is taken.
	Listen(port int) (Listener, error)
	// Dial opens a TCP connection to "node:port", waiting at most DialTimeout.
	Dial(addr string) (Conn, error)
	// DialTimeout is Dial with its own limit. Errors: ErrRefused, ErrTimeout, ErrNoNode, ErrStopped.
	DialTimeout(addr string, timeout time.Duration) (Conn, error)
	// ListenPacket opens a UDP socket on the node's port; 0 takes a free one. Destinations are Addr values.
	ListenPacket(port int) (net.PacketConn, error)
	// Rand is the node's random source, seeded from the run's seed, the node's name and its incarnation.
	Rand() *rand.Rand
	// Disk is the node's storage. It survives a crash and a restart, as far as it was synced.
	Disk() Disk
	// Emit adds a typed event to the trace: a struct (or pointer to one) listed in the kind's Events. What is not listed
	// there is a mistake in the component, and panics. In live an event that the host has not received yet is lost when
	// the node's process is killed, as by a crash: its last events may be missing from the trace.
	Emit(event any)
	// Log writes to the run's log, stamped with the node's clock and name. Logs never enter a digest.
	Log() hclog.Logger
	// NewCond makes the one primitive on which every other waiting structure is built (see sdk.Mailbox, sdk.Mutex).
	NewCond() Cond
}

// DialTimeout is the limit of Env.Dial.
const DialTimeout = 5 * time.Second

// MaxDatagram is the largest UDP payload over IPv4: 65,535 less 20 bytes of IP and 8 of UDP header.
const MaxDatagram = 65507

// Epoch is the instant at which every virtual clock starts.
var Epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// Conn is a TCP connection. Its addresses read "node:port". Deadlines are instants of the node's clock.
type Conn interface {
	net.Conn
	// CloseWrite ends our direction (FIN); the peer reads io.EOF after what was sent, and may still answer.
	CloseWrite() error
	// Reset ends both directions at once (RST); the peer's reads and writes fail with ErrReset.
	Reset() error
	// Idle reports whether nothing has arrived that was not read: no byte, no end and no reset. It never waits. Who keeps a
	// connection for later asks it before using the connection again: bytes that nobody has asked for must not be taken
	// for the next answer, nor a request be sent to who has closed already. What is still under way it cannot know. False
	// of a connection that we have closed. In live it looks into the kernel's buffer; on systems that are not Unix it
	// cannot, and is always true.
	Idle() bool
}

// Listener accepts TCP connections.
type Listener interface {
	Accept() (Conn, error)
	Close() error
	// Addr is the listener's address, "node:port".
	Addr() net.Addr
}

// Timer is the handle of AfterFunc.
type Timer interface {
	// Stop reports whether it prevented the function from starting.
	Stop() bool
}

// Cond is a condition variable with its own lock. In sim, where one task runs at a time, Lock and Unlock do nothing.
type Cond interface {
	Lock()
	Unlock()
	// Wait unlocks, waits for a signal and locks again. A zero deadline waits for ever. It returns nil when signalled,
	// ErrTimeout at the deadline (an instant of the node's clock), ErrStopped when the node stops. A signal that comes
	// at the deadline's own instant wins.
	Wait(deadline time.Time) error
	Signal()
	Broadcast()
}

// Disk is a flat directory of files. Writes stay in memory until Sync; a crash loses what was not synced.
type Disk interface {
	// Open opens the file, creating it empty when it does not exist.
	Open(name string) (File, error)
	// Rename replaces newname by oldname, atomically and durably.
	Rename(oldname, newname string) error
	// Remove deletes the file; ErrNotExist when there is none.
	Remove(name string) error
	// List returns the names of all files, sorted.
	List() ([]string, error)
}

// File is an open file of a Disk. Safe for concurrent use.
type File interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Truncate(size int64) error
	Size() (int64, error)
	// Sync makes all writes so far durable. It may take (virtual) time.
	Sync() error
}
