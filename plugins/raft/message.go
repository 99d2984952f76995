package raft

import (
	"encoding/binary"
	"fmt"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/plugins/raft/core"
	"github.com/netlab-dev/netlab/plugins/raft/parse"
	"github.com/netlab-dev/netlab/sdk"
)

// A message's type and numbers travel in its head, where traces and scripts can read them:
//
//	prevote, vote                 term last last_term
//	prevote_reply, vote_reply     term ok
//	append                        term prev prev_term commit n
//	append_reply                  term ok prev match match_term
//
// The payload is a checksum of all of it (8 bytes, little endian) and then n entries, each a uvarint term, a byte kind,
// a uvarint length and the data. Their indexes follow prev. The checksum is there because an emulated network, unlike
// UDP, hands over what it has corrupted.

const sumSize = 8

// limit bounds terms and indexes from the network, so that arithmetic on them cannot overflow.
const limit uint64 = 1 << 62

// number is a numeric field of a message's head.
type number struct {
	name string
	of   func(*core.Message) *uint64
}

var (
	fieldTerm     = number{"term", func(m *core.Message) *uint64 { return &m.Term }}
	fieldLast     = number{"last", func(m *core.Message) *uint64 { return &m.Prev }}
	fieldLastTerm = number{"last_term", func(m *core.Message) *uint64 { return &m.PrevTerm }}
	fieldPrev     = number{"prev", func(m *core.Message) *uint64 { return &m.Prev }}
	fieldPrevTerm = number{"prev_term", func(m *core.Message) *uint64 { return &m.PrevTerm }}
	fieldCommit   = number{"commit", func(m *core.Message) *uint64 { return &m.Commit }}
	fieldMatch    = number{"match", func(m *core.Message) *uint64 { return &m.Match }}
	fieldHint     = number{"match_term", func(m *core.Message) *uint64 { return &m.MatchTerm }}
)

// form is the head of one type of message.
type form struct {
	numbers []number
	answers bool // has the field ok
	carries bool // has the field n and entries
}

// forms are indexed by core.MessageType.
var forms = [...]form{
	core.PreVote:      {numbers: []number{fieldTerm, fieldLast, fieldLastTerm}},
	core.PreVoteReply: {numbers: []number{fieldTerm}, answers: true},
	core.Vote:         {numbers: []number{fieldTerm, fieldLast, fieldLastTerm}},
	core.VoteReply:    {numbers: []number{fieldTerm}, answers: true},
	core.Append:       {numbers: []number{fieldTerm, fieldPrev, fieldPrevTerm, fieldCommit}, carries: true},
	core.AppendReply:  {numbers: []number{fieldTerm, fieldPrev, fieldMatch, fieldHint}, answers: true},
}

// Fields of the messages between nodes, as the manifest shows them; forms says the same to the code.
type (
	voteFields struct {
		Term     int64
		Last     int64 `lab:"last,doc=index of the last entry"`
		LastTerm int64 `lab:"last_term,doc=the term of this entry"`
	}
	voteReplyFields struct {
		Term int64
		OK   bool `lab:"ok,doc=the vote is granted"`
	}
	appendFields struct {
		Term     int64
		Prev     int64 `lab:"prev,doc=index of the entry before the carried entries"`
		PrevTerm int64 `lab:"prev_term,doc=the term of that entry"`
		Commit   int64 `lab:"commit,doc=index up to which the leader's log is committed"`
		N        int64 `lab:"n,doc=how many entries it carries"`
	}
	appendReplyFields struct {
		Term      int64
		Prev      int64 `lab:"prev,doc=the prev of the append"`
		Match     int64 `lab:"match,doc=how far the logs agree, or may agree"`
		MatchTerm int64 `lab:"match_term,doc=the term of the entry there"`
		OK        bool  `lab:"ok,doc=the entries were taken"`
	}
)

// messageTypes are those between nodes.
func messageTypes() []sdk.MessageType {
	return []sdk.MessageType{
		{Name: core.PreVote.String(), Doc: "asks whether an election would be won", Fields: voteFields{}},
		{Name: core.PreVoteReply.String(), Fields: voteReplyFields{}},
		{Name: core.Vote.String(), Doc: "asks for a vote", Fields: voteFields{}},
		{Name: core.VoteReply.String(), Fields: voteReplyFields{}},
		{Name: core.Append.String(), Doc: "carries entries, or none as a heartbeat", Fields: appendFields{}},
		{Name: core.AppendReply.String(), Fields: appendReplyFields{}},
	}
}

// encode turns a message into what sdk.Messages sends. Sender and receiver are the datagram's.
func encode(m *core.Message) (typ string, fields sdk.Fields, payload []byte) {
	f := &forms[m.Type]
	fields = make(sdk.Fields, 0, len(f.numbers)+1)
	for i := range f.numbers {
		fields = append(fields, sdk.Field{Name: f.numbers[i].name, Value: int64(*f.numbers[i].of(m))})
	}
	if f.answers {
		fields = append(fields, sdk.Field{Name: "ok", Value: m.OK})
	}
	size := sumSize
	if f.carries {
		fields = append(fields, sdk.Field{Name: "n", Value: int64(len(m.Entries))})
		for i := range m.Entries {
			size += core.EntrySize(len(m.Entries[i].Data))
		}
	}
	payload = make([]byte, sumSize, size)
	for i := range m.Entries {
		payload = appendEntry(payload, &m.Entries[i])
	}
	binary.LittleEndian.PutUint64(payload, checksum(m, payload[sumSize:]))
	return m.Type.String(), fields, payload
}

// decode checks and reads a message. Whatever the bytes, it returns a message the core may be given, or an error.
func decode(wire sdk.Message) (core.Message, error) {
	var m core.Message
	for t := core.PreVote; t <= core.AppendReply; t++ {
		if t.String() == wire.Type {
			m.Type = t
		}
	}
	if m.Type == 0 {
		return m, fmt.Errorf("message of unknown type %q", wire.Type)
	}
	f := &forms[m.Type]
	for i := range f.numbers {
		value, err := numberOf(wire.Fields, f.numbers[i].name)
		if err != nil {
			return m, err
		}
		*f.numbers[i].of(&m) = value
	}
	if f.answers {
		ok, isBool := wire.Fields.Get("ok").(bool)
		if !isBool {
			return m, fmt.Errorf("field ok is %v, want true or false", wire.Fields.Get("ok"))
		}
		m.OK = ok
	}
	if len(wire.Payload) < sumSize {
		return m, fmt.Errorf("payload of %d bytes, want at least %d", len(wire.Payload), sumSize)
	}
	body := wire.Payload[sumSize:]
	if got, want := binary.LittleEndian.Uint64(wire.Payload), checksum(&m, body); got != want {
		return m, fmt.Errorf("checksum %016x, want %016x", got, want)
	}
	if !f.carries {
		return m, nil
	}
	count, err := numberOf(wire.Fields, "n")
	if err != nil {
		return m, err
	}
	m.Entries, err = parseEntries(body, count, m.Prev, m.PrevTerm, m.Term)
	return m, err
}

func numberOf(fields sdk.Fields, name string) (uint64, error) {
	value, ok := fields.Get(name).(int64)
	if !ok || value < 0 || uint64(value) > limit {
		return 0, fmt.Errorf("field %s is %v, want an integer from 0 to %d", name, fields.Get(name), limit)
	}
	return uint64(value), nil
}

// checksum covers all that the core will see of a message.
func checksum(m *core.Message, body []byte) uint64 {
	var head [50]byte
	head[0] = byte(m.Type)
	if m.OK {
		head[1] = 1
	}
	for i, v := range [...]uint64{m.Term, m.Prev, m.PrevTerm, m.Commit, m.Match, m.MatchTerm} {
		binary.LittleEndian.PutUint64(head[2+8*i:], v)
	}
	var d xxhash.Digest
	d.Reset()
	d.Write(head[:])
	d.Write(body)
	return d.Sum64()
}

func appendEntry(b []byte, e *core.Entry) []byte {
	b = binary.AppendUvarint(b, e.Term)
	b = append(b, byte(e.Kind))
	b = binary.AppendUvarint(b, uint64(len(e.Data)))
	return append(b, e.Data...)
}

// parseEntries reads exactly count entries, which follow one of index prev and term floor; no term is above ceiling.
// The entries' data alias b.
func parseEntries(b []byte, count, prev, floor, ceiling uint64) ([]core.Entry, error) {
	const smallest = 3 // bytes of an entry without data
	if count > uint64(len(b)/smallest) {
		return nil, fmt.Errorf("%d entries in %d bytes", count, len(b))
	}
	var entries []core.Entry
	if count > 0 {
		entries = make([]core.Entry, count)
	}
	p := parse.Bytes{Rest: b}
	for i := range entries {
		e := core.Entry{Index: prev + uint64(i) + 1, Term: p.Uvarint(), Kind: core.EntryKind(p.Byte()), Data: p.Text()}
		if p.Failed || e.Kind > core.Noop || e.Term < floor || e.Term > ceiling {
			return nil, fmt.Errorf("damaged entry %d of %d", i+1, count)
		}
		floor = e.Term
		entries[i] = e
	}
	if len(p.Rest) > 0 {
		return nil, fmt.Errorf("%d bytes after the last entry", len(p.Rest))
	}
	return entries, nil
}
