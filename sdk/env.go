package sdk

import (
	"io"
	"math/rand/v2"
	"net"
	"time"

	"github.com/hashicorp/go-hclog"
)

// Env is the environment of a component: its clock, network, disk, random values and trace. Any task of the node may
// call its methods, also at the same time.
type Env interface {
	// Node is the name of the component's node.
	Node() string
	// Nodes are the names of all nodes so far, with this node, in the order in which they were added.
	Nodes() []string
	// Peers are the names of the nodes that were added together with this one, sorted, without this node.
	Peers() []string
	// Now is the node's wall clock. In sim it starts at Epoch. A clock fault moves it, but not the deadlines already made from it.
	Now() time.Time
	// Elapsed is the time since the incarnation began. It includes pauses and the clock's speed, but not its offset.
	Elapsed() time.Duration
	// Sleep waits for d on the node's clock. It returns ErrStopped if the node stops, else nil.
	Sleep(d time.Duration) error
	// AfterFunc runs f as a new task after d.
	AfterFunc(d time.Duration, f func()) Timer
	// Go runs f as a new task of this node. A task replaces a goroutine.
	Go(f func())
	// Listen opens a TCP listener on the node's port; 0 takes a free one. The error is ErrInUse if the port is taken.
	Listen(port int) (Listener, error)
	// Dial opens a TCP connection to "node:port". It waits at most DialTimeout, or a longer timeout that the script gave.
	Dial(addr string) (Conn, error)
	// DialTimeout is Dial with another time limit. Errors: ErrRefused, ErrTimeout, ErrNoNode, ErrStopped.
	DialTimeout(addr string, timeout time.Duration) (Conn, error)
	// ListenPacket opens a UDP socket on the node's port; 0 takes a free one. Destinations are Addr values.
	ListenPacket(port int) (net.PacketConn, error)
	// Rand is seeded by run, node and incarnation. In sim also by time: more draws now do not change draws at a later time.
	Rand() *rand.Rand
	// Disk is the node's storage. A loss of power keeps what was synced. The end of the process alone keeps everything.
	Disk() Disk
	// Emit adds an event to the trace: a struct, or a pointer to one, whose type is in the kind's Events. It panics for any
	// other type. In live, a crash may lose the node's last events, if the host has not received them yet.
	Emit(event any)
	// Log is shown by lab run -v, which adds the time of the run, the node and the seed. Logs are not part of a digest.
	Log() hclog.Logger
	// NewCond makes a condition variable. Mailbox and Mutex are built on it.
	NewCond() Cond
}

const (
	// DialTimeout is the time limit of Env.Dial.
	DialTimeout = 5 * time.Second
	// MaxDatagram is the largest UDP payload over IPv4: 65,535 minus 20 bytes of IP header and 8 of UDP header.
	MaxDatagram = 65507
)

var (
	// Epoch is the time at which every virtual clock starts.
	Epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
	// NoMessages is Kind.Messages of a kind that sends none.
	NoMessages = []MessageType{}
)

// Conn is a TCP connection between "node:port" addresses. Its deadlines are times of Env.Now.
type Conn interface {
	net.Conn
	// CloseWrite ends our direction (FIN). The peer reads io.EOF after the sent data, and may still answer.
	CloseWrite() error
	// Reset ends both directions at once (RST). The reads and writes of the peer fail with ErrReset.
	Reset() error
	// Idle reports whether nothing unread has arrived: no byte, no end and no reset. It is false after our Close. It never
	// waits. Use it before you reuse a connection: unexpected bytes are not the next answer.
	Idle() bool
}

// Listener accepts TCP connections.
type Listener interface {
	Accept() (Conn, error)
	Close() error
	// Addr is the listener's address, "node:port".
	Addr() net.Addr
}

// Timer is what Env.AfterFunc and Mailbox.PostAfter return.
type Timer interface {
	// Stop prevents the start of the function, and reports whether it was in time.
	Stop() bool
}

// Cond is a condition variable with its own lock. In sim, where one task runs at a time, Lock and Unlock do nothing.
type Cond interface {
	Lock()
	Unlock()
	// Wait unlocks, waits for a signal and locks again. It returns nil after a signal, also one at exactly the deadline;
	// ErrTimeout at the deadline (a time of Env.Now; the zero time is never); ErrStopped when the node stops.
	Wait(deadline time.Time) error
	Signal()
	Broadcast()
}

// Disk is a flat directory of files. A crash loses what was not synced.
type Disk interface {
	// Open opens the file. It creates an empty file if there is none.
	Open(name string) (File, error)
	// Stat returns the size of the file in bytes; ErrNotExist if there is none.
	Stat(name string) (size int64, err error)
	// Rename gives the file oldname the name newname, and replaces a file there, in one durable step.
	Rename(oldname, newname string) error
	// Remove deletes the file; ErrNotExist if there is none.
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
