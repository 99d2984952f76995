package result

import (
	"time"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// Story is the course of a run: what happened, what was sent and what became of it, and what followed from what. It is
// kept of runs that are shown: those that have failed, and any of which somebody wants a picture.
type Story struct {
	Nodes   []string `json:"nodes"`             // in the order in which they were added
	Spans   []Span   `json:"spans,omitempty"`   // faults, in order of their beginning
	Lanes   []Lane   `json:"lanes,omitempty"`   // what kinds want drawn, by node
	Series  []Series `json:"series,omitempty"`  // of drives
	History *History `json:"history,omitempty"` // that a check has judged
	Causes  bool     `json:"causes,omitempty"`  // events and packets have causes, as in sim
	// Left is how many packets and events at the beginning were too many to keep.
	Left int `json:"left,omitempty"`
	// Missing says in sentences what else could not be recorded.
	Missing []string `json:"missing,omitempty"`
	Moments []Moment `json:"-"` // in order of their numbers
	Packets []Packet `json:"-"` // in order of their numbers, which are also the order of their sending
}

// Why names what something followed from: the event or packet of that number. 0 is the script, or nothing known.
type Why struct {
	Cause uint64 `json:"cause,omitempty"`
	Timer bool   `json:"timer,omitempty"` // by way of a timer that was set because of it
}

// Moment is an event of the trace. Moments and packets of a run share one row of numbers.
type Moment struct {
	Number uint64 `json:"number"`
	Why
	At     time.Duration     `json:"at"`
	Node   string            `json:"node,omitempty"` // "" for a mark of the script
	Class  string            `json:"class"`          // component, fault, call, conn, mark
	Name   string            `json:"name"`           // of a mark: its text
	Fields []Part            `json:"fields,omitempty"`
	Pos    *trouble.Position `json:"pos,omitempty"` // of the script, which has done it
}

// Packet is one thing that was sent into a path, and what became of it.
type Packet struct {
	Number uint64 `json:"number"`
	Why
	Kind   string        `json:"kind"` // datagram, data, ack, syn, syn-ack, reset
	From   string        `json:"from"`
	To     string        `json:"to"`
	Port   int           `json:"port"`             // of the datagram's socket, or of the acceptor
	Source int           `json:"source,omitempty"` // the port of the socket that has sent a datagram, or has dialled; 0 is unknown
	Conn   uint64        `json:"conn,omitempty"`   // tells connections apart; 0 for datagrams
	Back   bool          `json:"back,omitempty"`   // from the acceptor to the dialler
	Offset uint64        `json:"offset,omitempty"` // of data: its first byte in the stream
	Ack    uint64        `json:"ack,omitempty"`    // of data and ack: how many bytes are acknowledged
	Window uint64        `json:"window,omitempty"` // beside Ack: up to which byte of the stream the other end may send; 0 is unknown
	Fin    bool          `json:"fin,omitempty"`
	Again  int           `json:"again,omitempty"`   // how often it was sent before
	Size   int           `json:"size"`              // bytes of payload
	Type   string        `json:"message,omitempty"` // of a message: append
	Fields []Part        `json:"fields,omitempty"`
	Data   []byte        `json:"data,omitempty"` // the first bytes of the payload, as far as they are known; base64 in JSON
	Sent   time.Duration `json:"sent"`
	Left   time.Duration `json:"left"` // when it had gone through the queue and over the line
	// Arrives is when each copy arrives: one, two, or none when it was lost.
	Arrives []time.Duration `json:"arrives,omitempty"`
	Lost    string          `json:"lost,omitempty"` // why it was: cut, loss, queue, mtu
}

// Span is a fault while it was in force.
type Span struct {
	Text  string           `json:"text"`
	Nodes []string         `json:"nodes,omitempty"` // that it holds: crash, pause; or whose links it is about
	Links [][2]string      `json:"links,omitempty"` // directions it is about, at most a hundred; none for a fault of nodes
	From  time.Duration    `json:"from"`
	To    time.Duration    `json:"to,omitempty"` // 0: it was in force when the run ended
	Pos   trouble.Position `json:"pos"`
	Over  trouble.Position `json:"over,omitzero"` // of the call that has ended it; none when that was its time
	// Begin and End are the places of both instants in the row of numbers that moments and packets have: what happened at
	// the same time before has a smaller one. 0 is unknown.
	Begin uint64 `json:"begin,omitempty"`
	End   uint64 `json:"end,omitempty"`
}

// Lane is one field of a node over time, as its kind answers when asked.
type Lane struct {
	Node   string  `json:"node"`
	Name   string  `json:"name"`
	Of     string  `json:"of,omitempty"` // of a field of a list's items: which item, as web1 of a balancer's backends
	Points []Point `json:"points"`       // where it has changed, in order of time
}

// Point is a value from an instant on.
type Point struct {
	At    time.Duration `json:"at"`
	Value string        `json:"value"`            // a text as it is, another value in the notation of scripts; None of a node that does not answer
	Num   *float64      `json:"number,omitempty"` // of a number or duration (in seconds)
}

// Series is what a drive has measured over time.
type Series struct {
	Name    string   `json:"name"` // client: http://lb:8080/
	Node    string   `json:"node"`
	Buckets []Bucket `json:"buckets"` // in order of time, without a gap
	All     Bucket   `json:"all"`     // the whole drive
}

// Bucket is the requests that began within a stretch of time.
type Bucket struct {
	At       time.Duration `json:"at"`
	For      time.Duration `json:"for"`
	Requests int           `json:"requests"`
	Errors   int           `json:"errors,omitempty"`
	P50      time.Duration `json:"p50"`
	P99      time.Duration `json:"p99"`
	Max      time.Duration `json:"max"`
}

// History is operations of clients, as a check of linearizability has judged them.
type History struct {
	Operations []Operation `json:"operations"`       // in order of their beginning
	Reason     string      `json:"reason,omitempty"` // why they contradict each other
}

// Operation is one of them.
type Operation struct {
	Client string        `json:"client"`
	Text   string        `json:"text"` // put x = 1
	From   time.Duration `json:"from"`
	To     time.Duration `json:"to"` // of an unknown one: the end of the run
	Status string        `json:"status"`
	Bad    bool          `json:"bad,omitempty"` // belongs to the contradiction
}
