package kv

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/netlab-dev/netlab/plugins/raft/parse"
)

// Status is how a command has ended.
type Status uint8

// How commands end. All but Done have changed nothing; after Expired, though, an earlier copy of the same command may
// have.
const (
	Done       Status = iota
	NotInteger        // an incr of a text, which Value holds
	Overflow          // an incr beyond 64 bits, of Value
	Expired           // the session is not, or no more, in the table
	Superseded        // the client had said that it is over
	Busy              // no session can be opened: all are in use
)

// Result is what applying a command answers.
type Result struct {
	Status  Status
	Swapped bool   // of Cas
	Session uint64 // of Open
	Value   Value  // of Get, Cas and Incr: what the key holds after it
}

// Append appends the result's form in a message to b.
func (r Result) Append(b []byte) []byte {
	swapped := byte(0)
	if r.Swapped {
		swapped = 1
	}
	b = append(b, byte(r.Status), swapped)
	b = binary.AppendUvarint(b, r.Session)
	return r.Value.append(b)
}

// ParseResult reads what Append has written.
func ParseResult(data []byte) (Result, error) {
	p := parse.Bytes{Rest: data}
	r := Result{Status: Status(p.Byte())}
	swapped := p.Byte()
	r.Swapped, r.Session, r.Value = swapped == 1, p.Uvarint(), parseValue(&p)
	if p.Failed || len(p.Rest) > 0 || r.Status > Busy || swapped > 1 {
		return r, errors.New("a damaged result")
	}
	return r, r.Value.check()
}

// Err says why the command has changed nothing, nil when it is done.
func (r Result) Err() error {
	switch r.Status {
	case NotInteger:
		return fmt.Errorf("the key holds %.40s, want an integer", r.Value)
	case Overflow:
		return fmt.Errorf("the key holds %s, and the sum does not fit 64 bits", r.Value)
	case Expired:
		return errors.New("the session has expired")
	case Superseded:
		return errors.New("the session has gone on")
	case Busy:
		return fmt.Errorf("busy: all %d sessions are in use", MaxSessions)
	}
	return nil
}
