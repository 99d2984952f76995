// Package engine runs a topology. Both engines implement one interface: live runs every node as a process on real
// sockets and the wall clock, sim runs all nodes of a world in virtual time from a seed. A script cannot tell which one
// it drives, except by asking.
//
// An engine is driven by one goroutine. What it is told with Apply and Call takes effect at the current instant, before
// anything else of that instant, and nothing happens between two calls of Run.
package engine

import (
	"time"

	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Engine runs the topology of one run.
type Engine interface {
	// Apply changes the topology or brings on faults, all or nothing. Changes take effect together when Run is next
	// called: nodes start in parallel, and are ready when Run first lets time pass.
	Apply(...Change) error
	// Call starts a method. It never blocks; the answer is among the Replies of a Progress.
	Call(Call) ID
	// Run lets time pass until the instant `until`, or until a call named in wake has been answered or an event named
	// there recorded, or a node has failed, whichever is first. The error is the host's or a plugin's trouble, never an
	// outcome of the experiment.
	Run(until time.Duration, wake Wake) (Progress, error)
	// Now is the time since the run began.
	Now() time.Duration
	// Events returns what happened before now, in order of (time, node, number).
	Events(trace.Filter) []value.Event
	// Messages returns the messages that were sent before now, events of class value.ClassMessage (see value.DescribeMessage),
	// in order of (time, node, number); none unless Options.Messages. The error says that there were too many to keep.
	Messages(trace.Filter) ([]value.Event, error)
	// Packets returns what was sent and what became of it, in the order in which that was known, and how many packets before
	// were too many to keep. In sim there are none unless Options.Full; the error says why a world does not tell them.
	Packets() (list []network.Packet, left int, err error)
	// Lanes returns what kinds want drawn of their nodes, as it has changed, and sentences about queries that did not answer;
	// nothing unless Options.Lanes.
	Lanes() (list []trace.Lane, missing []string)
	// Touched is how many messages and pieces of streams the fault has met.
	Touched(FaultID) int64
	// Links returns how every link is by what has been applied.
	Links() Links
	// Connections returns the connections of one node with another that are not over, each twice, as each end knows it: by
	// source, destination, port and age. An empty name stands for any node. What was applied since the latest Run has no part in it.
	Connections(a, b string) ([]network.Connection, error)
	// Interrupt makes a Run in progress, and every later one, return the error. It may be called from any goroutine.
	Interrupt(error)
	// Close ends the run and leaves nothing behind. It may be called more than once.
	Close() (Summary, error)
}

// ID names a call. IDs count from 1 within a run.
type ID int64

// FaultID names a fault of a run; the script chooses it.
type FaultID int64

// Call is a method of a node, or of an object that a method has returned.
type Call struct {
	Node   string
	Object value.Object // the zero Object for the node's own methods
	Method string
	Args   value.Fields // complete: defaults are filled in
	// Timeout is when the caller will give up on it, which the method learns; 0 for never. The engine itself waits on.
	Timeout time.Duration
	Given   bool // the script gave the timeout, so a dial may take as long
}

// Status tells what is known of a call's effect.
type Status uint8

// The outcomes. Failed means that it definitely did not happen; Unknown that it may or may not have; Misuse that the call
// is wrong, and then the reply's value is a hint.
const (
	OK Status = iota
	Failed
	Unknown
	Misuse
)

func (s Status) String() string {
	switch s {
	case OK:
		return "ok"
	case Failed:
		return "failed"
	case Misuse:
		return "misuse"
	}
	return "unknown"
}

// Reply ends a call.
type Reply struct {
	Call   ID
	Status Status
	Value  any
	Error  string
	At     time.Duration
	Took   time.Duration
	// Series is what the object that Value refers to has measured over time, a measure.Series as value.Fields, if
	// Options.Series; nil for none.
	Series any
}

// Wake says what ends a Run before its time.
type Wake struct {
	Calls  []ID
	Events []EventWake
}

// EventWake names events of components by what they are called; an empty Node stands for every node.
type EventWake struct{ Name, Node string }

// Progress is what a Run has brought.
type Progress struct {
	Now      time.Duration
	Replies  []Reply
	Failures []Failure
	// Woken are those of Wake.Events that have been recorded since the Run before returned.
	Woken []EventWake
	// Waiting says what tasks wait for, when nothing was left to happen by itself, and MoreWaiting how many more do. Sim only.
	Waiting     []Waiting
	MoreWaiting int
	// Lateness is the worst so far between when something was due and when it was done. Live only.
	Lateness time.Duration
}

// Failure is the end of a node that nobody asked for: Run returned an error, a task panicked, or the process died.
type Failure struct {
	Node  string
	At    time.Duration
	Error string
	Stack string
	// Misuse means that the component has refused its configuration, before it ran: a mistake of the script. Hint says what
	// to do about it.
	Misuse bool
	Hint   string
}

// Waiting is one parked task.
type Waiting struct {
	Node string
	What string
}

// Summary closes a run.
type Summary struct {
	Now      time.Duration
	Digest   uint64   // sim only
	Steps    int64    // sim only
	Account  *Account // sim only
	Lateness time.Duration
	Failures []Failure // since the last Run: no later one tells them
}

// Pair is one direction of a link.
type Pair struct{ From, To string }

// Links is the state of all links: those that Own does not name have the Default and meet no fault.
type Links struct {
	Default link.Profile
	Own     []LinkState // in order of their pairs
}

// LinkState is how one link is.
type LinkState struct {
	Pair
	Profile link.Profile
	Faults  []LinkEffect // in order of their numbers
}

// LinkEffect is what a fault does to a link beside its profile.
type LinkEffect struct {
	Fault  FaultID
	Effect link.Effect
}
