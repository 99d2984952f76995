// Package kv is the state machine that the log of the kind raft drives: keys that hold texts or integers, and the
// sessions by which a repeated command is applied once only. It is pure: the same entries in the same order give the
// same store and the same results on every node, and after every restart.
//
// Sessions are those of section 6.3 of the dissertation "Consensus: Bridging Theory and Practice" (Ongaro 2014). A
// client opens one by a command of its own, whose index in the log is the session's number, so that no two are the
// same. It then numbers its commands. The store keeps the last number of each session with its result: a copy of that
// command is answered from there and applied no second time. The table is bounded; the session that was not used for
// longest makes room. A command of a session that is gone is refused, never applied on suspicion.
package kv

import "container/list"

// MaxSessions is how many sessions a store remembers.
const MaxSessions = 1024

// Store holds what the entries applied so far add up to. It grows with its keys, and they with the log. It is not safe
// for concurrent use.
type Store struct {
	keys     map[string]Value
	sessions map[uint64]*list.Element // of session
	used     *list.List               // the latest used session first
}

type session struct {
	number uint64
	last   uint64 // sequence of the latest command
	result Result
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
	entry := at.Value.(*session)
	entry.last, entry.result = c.Sequence, s.change(c)
	return entry.result
}

// Known returns the result of a command that would not be applied any more: it has been, or its session is gone or has
// gone on.
func (s *Store) Known(number, sequence uint64) (Result, bool) {
	at := s.sessions[number]
	if at == nil {
		return Result{Status: Expired}, true
	}
	switch entry := at.Value.(*session); {
	case entry.last == sequence:
		return entry.result, true
	case entry.last > sequence:
		return Result{Status: Superseded}, true
	}
	return Result{}, false
}

func (s *Store) open(number uint64) Result {
	s.sessions[number] = s.used.PushFront(&session{number: number})
	if s.used.Len() > MaxSessions {
		oldest := s.used.Remove(s.used.Back()).(*session)
		delete(s.sessions, oldest.number)
	}
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
