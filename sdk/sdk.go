package sdk

import (
	"github.com/netlab-dev/netlab/sdk/env"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// The environment and what it hands out. Their documentation is in package env.
type (
	// Env is all that a component may know of the world it runs in.
	Env = env.Env
	// Addr is a network address "node:port"; scripts may pass a node for it, which stands for its main address.
	Addr = value.Addr
	// Conn is a TCP connection.
	Conn = env.Conn
	// Listener accepts TCP connections.
	Listener = env.Listener
	// Timer is the handle of Env.AfterFunc and Mailbox.PostAfter.
	Timer = env.Timer
	// Cond is the primitive under Mailbox and Mutex.
	Cond = env.Cond
	// Disk is a node's storage.
	Disk = env.Disk
	// File is an open file of a Disk.
	File = env.File
)

// Values that travel between scripts and components.
type (
	// Fields is an ordered set of named values: a struct or a dict of the script.
	Fields = value.Fields
	// Field is one of them.
	Field = value.Field
	// Function is a function of the script, as source; sdk/star rebuilds it.
	Function = value.Function
	// Draw is a duration drawn anew each time: a distribution.
	Draw = link.Draw
	// Rate is bits per second; 0 is unlimited.
	Rate = link.Rate
)

// Errors of the environment: compare with errors.Is.
var (
	ErrStopped  = env.ErrStopped
	ErrRefused  = env.ErrRefused
	ErrReset    = env.ErrReset
	ErrNoNode   = env.ErrNoNode
	ErrInUse    = env.ErrInUse
	ErrTooLarge = env.ErrTooLarge
	ErrTimeout  = env.ErrTimeout
	ErrClosed   = env.ErrClosed
	ErrNotExist = env.ErrNotExist
)

// MaxDatagram is the largest UDP payload in bytes.
const MaxDatagram = env.MaxDatagram

// MakeAddr joins a node's name and a port.
func MakeAddr(node string, port int) Addr { return value.MakeAddr(node, port) }
