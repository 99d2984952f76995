package sdk

import (
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Env is all that a component may know of the world it runs in: its clock, its network, its disk, its randomness and
// its trace. All methods may be called from any task of the node, at the same time.
type Env interface {
	// Node is the name of the node this component runs on.
	Node() string
	// Nodes are the names of all nodes that there are so far, in the order in which they were added, this one among them.
	Nodes() []string
	// Peers are the names of the nodes added together with this one, sorted, without the node itself.
	Peers() []string
	// Now is the node's wall clock, from Epoch on in sim. A clock fault moves it, but no deadline that was made from it before.
	Now() time.Time
	// Elapsed is the time since the incarnation began, with pauses and the clock's speed, never its offset: for intervals.
	Elapsed() time.Duration
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
	// Rand draws by the run's seed, node and incarnation; in sim also by the instant: one more or less moves no later ones.
	Rand() *rand.Rand
	// Disk is the node's storage. It survives a crash as far as it was synced, the end of the process alone as a whole.
	Disk() Disk
	// Emit adds a typed event to the trace: a struct, or a pointer to one, of the kind's Events; it panics when it is not
	// among them. In live the last events of a node that crashes may be lost: those that the host had not received.
	Emit(event any)
	// Log writes to the log of lab run -v, which adds run time, node and seed to a line. Logs never enter a digest.
	Log() hclog.Logger
	// NewCond makes the one primitive on which every other waiting structure is built (see Mailbox, Mutex).
	NewCond() Cond
}

const (
	// DialTimeout is the limit of Env.Dial.
	DialTimeout = 5 * time.Second
	// MaxDatagram is the largest UDP payload over IPv4: 65,535 less 20 bytes of IP and 8 of UDP header.
	MaxDatagram = 65507
)

var (
	// Epoch is the instant at which every virtual clock starts.
	Epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	// NoMessages is the list of a kind that sends none.
	NoMessages = []MessageType{}
)

// Conn is a TCP connection between "node:port" addresses. Deadlines go by Now.
type Conn interface {
	net.Conn
	// CloseWrite ends our direction (FIN); the peer reads io.EOF after what was sent, and may still answer.
	CloseWrite() error
	// Reset ends both directions at once (RST); the peer's reads and writes fail with ErrReset.
	Reset() error
	// Idle reports whether nothing has arrived that was not read: no byte, no end and no reset; false once we have closed.
	// It never waits. Ask it of a connection kept for later: stray bytes are not the next answer.
	Idle() bool
}

// Listener accepts TCP connections.
type Listener interface {
	Accept() (Conn, error)
	Close() error
	// Addr is the listener's address, "node:port".
	Addr() net.Addr
}

// Timer is the handle of Env.AfterFunc and Mailbox.PostAfter.
type Timer interface {
	// Stop reports whether it prevented the function from starting.
	Stop() bool
}

// Cond is a condition variable with its own lock. In sim, where one task runs at a time, Lock and Unlock do nothing.
type Cond interface {
	Lock()
	Unlock()
	// Wait unlocks, waits for a signal and locks again. It returns nil when signalled, also at the deadline's own instant,
	// ErrTimeout at the deadline (of the node's clock; the zero time is never), ErrStopped when the node stops.
	Wait(deadline time.Time) error
	Signal()
	Broadcast()
}

// Disk is a flat directory of files. A crash loses what was not synced.
type Disk interface {
	// Open opens the file, creating it empty when it does not exist.
	Open(name string) (File, error)
	// Stat returns the size of the file in bytes; ErrNotExist when there is none.
	Stat(name string) (size int64, err error)
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
