// Package kv is the state machine that the log of the kind raft drives: keys that hold texts or integers, and the
// sessions by which a repeated command is applied once only. It is pure: the same entries in the same order give the
// same store and the same results on every node, and after every restart.
//
// Sessions are those of section 6.3 of the dissertation "Consensus: Bridging Theory and Practice" (Ongaro 2014). A
// client opens one by a command of its own, whose index in the log is the session's number, so that no two are the
// same. It then numbers its commands, and says in each which earlier ones are over. The store keeps the results of the
// others: a copy of such a command is answered from there and applied no second time. The table is bounded: a session
// that has long not been used makes room, and when there is none, no more are opened. A command of a session that is
// gone is refused, never applied on suspicion.
package kv

import (
	"cmp"
	"container/list"
	"slices"
)

// The bounds of a store's memory of what it has applied.
const (
	MaxSessions = 1024 // sessions
	MaxResults  = 128  // results of a session that may still be asked for
	// MinIdle is for how many entries of the log a session must be unused before it may make room.
	MinIdle = 10 * MaxSessions
)

// Store holds what the entries applied so far add up to. It grows with its keys, and they with the log. It is not safe
// for concurrent use.
type Store struct {
	keys     map[string]Value
	sessions map[uint64]*list.Element // of session
	used     *list.List               // the latest used session first
}

type session struct {
	number  uint64
	used    uint64 // index of its latest command
	over    uint64 // commands with a lower sequence are over
	results []answered
}

// answered is a command that was applied.
type answered struct {
	sequence uint64
	Result
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{keys: map[string]Value{}, sessions: map[uint64]*list.Element{}, used: list.New()}
}

// Get returns what a key holds.
func (s *Store) Get(key string) Value { return s.keys[key] }

// Apply applies the entry at an index of the log. An entry that is no command has no effect, and its result means
// nothing.
func (s *Store) Apply(index uint64, data []byte) Result {
	c, err := Decode(data)
	switch {
	case err != nil:
		return Result{}
	case c.Op == Open:
		return s.open(index)
	case c.Op == Get:
		return Result{Value: s.keys[c.Key]}
	}
	if known, ok := s.Known(c.Session, c.Sequence); ok {
		return known
	}
	at := s.sessions[c.Session]
	s.used.MoveToFront(at)
	result := s.change(c)
	at.Value.(*session).remember(index, c, result)
	return result
}

// Known returns the result of a command that would not be applied any more: it has been, or it is over, or its session
// is gone.
func (s *Store) Known(number, sequence uint64) (Result, bool) {
	at := s.sessions[number]
	if at == nil {
		return Result{Status: Expired}, true
	}
	entry := at.Value.(*session)
	if sequence < entry.over {
		return Result{Status: Superseded}, true
	}
	i, known := entry.find(sequence)
	if !known {
		return Result{}, false
	}
	return entry.results[i].Result, true
}

func (e *session) find(sequence uint64) (int, bool) {
	return slices.BinarySearchFunc(e.results, sequence, func(a answered, sequence uint64) int {
		return cmp.Compare(a.sequence, sequence)
	})
}

// remember keeps a result, and forgets those of commands that are over. A client that asks for too many at a time loses
// the oldest.
func (e *session) remember(index uint64, c Command, r Result) {
	i, _ := e.find(c.Sequence)
	e.results = slices.Insert(e.results, i, answered{c.Sequence, r})
	e.used, e.over = index, max(e.over, c.Oldest)
	if n := len(e.results) - MaxResults; n > 0 {
		e.over = max(e.over, e.results[n-1].sequence+1)
	}
	first, _ := e.find(e.over)
	e.results = slices.Delete(e.results, 0, first)
}

func (s *Store) open(number uint64) Result {
	if s.used.Len() >= MaxSessions {
		oldest := s.used.Back().Value.(*session)
		if number-oldest.used < MinIdle {
			return Result{Status: Busy}
		}
		s.used.Remove(s.used.Back())
		delete(s.sessions, oldest.number)
	}
	s.sessions[number] = s.used.PushFront(&session{number: number, used: number})
	return Result{Session: number}
}

// change carries out a command for the first time.
func (s *Store) change(c Command) Result {
	held := s.keys[c.Key]
	r := Result{Value: held}
	switch c.Op {
	case Put:
		r.Value = c.New
	case Cas:
		if r.Swapped = held == c.Old; r.Swapped {
			r.Value = c.New
		}
	case Incr:
		r.Value, r.Status = held.plus(c.By)
	}
	if r.Value != held {
		s.keys[c.Key] = r.Value
	}
	if c.Op == Put {
		r.Value = Value{} // whoever puts a value knows it: the table need not keep it
	}
	return r
}
