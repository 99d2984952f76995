package raft

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/netlab-dev/netlab/plugins/raft/core"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/serve"
	"github.com/netlab-dev/netlab/sdk/value"
)

var samples = []core.Message{
	{Type: core.PreVote, Term: 8, Prev: 12, PrevTerm: 7},
	{Type: core.PreVoteReply, Term: 8, OK: true},
	{Type: core.Vote, Term: 8},
	{Type: core.VoteReply, Term: 9},
	{Type: core.Append, Term: 8, Prev: 12, PrevTerm: 7, Commit: 10},
	{Type: core.Append, Term: 8, Prev: 12, PrevTerm: 7, Commit: 10, Entries: []core.Entry{
		{Index: 13, Term: 7, Kind: core.Noop},
		{Index: 14, Term: 7, Data: []byte("x = 1")},
		{Index: 15, Term: 8, Data: []byte(strings.Repeat("long ", 1000))},
	}},
	{Type: core.AppendReply, Term: 8, OK: true, Prev: 12, Match: 15},
	{Type: core.AppendReply, Term: 8, Prev: 12, Match: 9, MatchTerm: 3},
}

func wireOf(m core.Message) sdk.Message {
	typ, fields, payload := encode(&m)
	return sdk.Message{Type: typ, Fields: fields, Payload: payload}
}

func TestAMessageArrivesAsItWasSent(t *testing.T) {
	for _, want := range samples {
		got, err := decode(wireOf(want))
		if err != nil {
			t.Errorf("%v: %v", want.Type, err)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%v (-want +got):\n%s", want.Type, diff)
		}
	}
}

// What scripts and traces read must be in the head, under the agreed names.
func TestAMessagesHeadIsReadable(t *testing.T) {
	got := wireOf(samples[5]).Fields
	want := sdk.Fields{
		{Name: "term", Value: int64(8)}, {Name: "prev", Value: int64(12)}, {Name: "prev_term", Value: int64(7)},
		{Name: "commit", Value: int64(10)}, {Name: "n", Value: int64(3)},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("head of an append (-want +got):\n%s", diff)
	}
}

func TestTheManifestListsWhatMessagesCarry(t *testing.T) {
	manifest, err := serve.Manifest(Plugin())
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string][]string{}
	for _, k := range manifest.Kinds {
		for _, m := range k.Messages {
			names := []string{}
			for _, f := range m.Fields {
				names = append(names, f.Name)
			}
			listed[m.Name] = names
		}
	}
	sent := map[string][]string{}
	note := func(typ string, fields sdk.Fields, _ []byte) {
		names := []string{}
		for _, f := range fields {
			names = append(names, f.Name)
		}
		sent[typ] = names
	}
	for i := range samples {
		note(encode(&samples[i]))
	}
	note((&request{}).encode())
	note((&response{}).encode())
	if diff := cmp.Diff(sent, listed); diff != "" {
		t.Errorf("(-sent +listed):\n%s", diff)
	}
}

func TestTheLargestAppendFitsIntoADatagram(t *testing.T) {
	command := make([]byte, core.DefaultMaxBytes-core.EntrySize(0))
	m := core.Message{Type: core.Append, Term: limit, Prev: limit, PrevTerm: limit, Commit: limit,
		Entries: []core.Entry{{Index: limit + 1, Term: limit, Data: command}}}
	typ, fields, payload := encode(&m)
	data, err := value.AppendHead(nil, value.Head{Type: typ, Fields: fields})
	if err != nil {
		t.Fatal(err)
	}
	if size := len(data) + len(payload); size > sdk.MaxDatagram {
		t.Errorf("the largest append takes %d bytes, a datagram %d", size, sdk.MaxDatagram)
	}
}

func TestDamagedMessagesAreRefused(t *testing.T) {
	for _, tc := range []struct {
		name, want string
		spoil      func(*sdk.Message)
	}{
		{"type", `unknown type "gossip"`, func(m *sdk.Message) { m.Type = "gossip" }},
		{"number missing", "field term is <nil>", func(m *sdk.Message) { m.Fields = m.Fields[1:] }},
		{"number negative", "field term is -1", func(m *sdk.Message) { m.Fields[0].Value = int64(-1) }},
		{"number too large", "field term is", func(m *sdk.Message) { m.Fields[0].Value = int64(limit + 1) }},
		{"number of another type", "field term is eight", func(m *sdk.Message) { m.Fields[0].Value = "eight" }},
		{"number changed", "checksum", func(m *sdk.Message) { m.Fields[0].Value = int64(9) }},
		{"bit flipped", "checksum", func(m *sdk.Message) { m.Payload[20] ^= 4 }},
		{"payload short", "payload of 7 bytes", func(m *sdk.Message) { m.Payload = m.Payload[:7] }},
		{"too few entries", "bytes after the last entry", func(m *sdk.Message) { m.Fields[4].Value = int64(2) }},
		{"too many entries", "damaged entry 4 of 4", func(m *sdk.Message) { m.Fields[4].Value = int64(4) }},
		{"absurdly many entries", "entries in", func(m *sdk.Message) { m.Fields[4].Value = int64(limit) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			m := wireOf(samples[5])
			tc.spoil(&m)
			if _, err := decode(m); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want one with %q", err, tc.want)
			}
		})
	}
	answer := wireOf(samples[1])
	answer.Fields[1].Value = int64(1)
	if _, err := decode(answer); err == nil || !strings.Contains(err.Error(), "want true or false") {
		t.Errorf("a number for ok: error %v", err)
	}
}

// An entry's term may not fall below that of the one before, nor rise above the message's: the core relies on it.
func TestEntriesWithImpossibleTermsAreRefused(t *testing.T) {
	for _, terms := range [][]uint64{{6}, {8, 7}, {9}} {
		m := core.Message{Type: core.Append, Term: 8, Prev: 1, PrevTerm: 7}
		for i, term := range terms {
			m.Entries = append(m.Entries, core.Entry{Index: uint64(i) + 2, Term: term})
		}
		if _, err := decode(wireOf(m)); err == nil {
			t.Errorf("entries of terms %v after term 7 in term 8 were taken", terms)
		}
	}
}

// Any datagram gives an error or a message.
func FuzzDecode(f *testing.F) {
	for _, m := range samples {
		typ, fields, payload := encode(&m)
		head, err := value.AppendHead(nil, value.Head{Type: typ, Fields: fields})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(append(head, payload...))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		head, size, err := value.ParseHead(data)
		if err != nil {
			return
		}
		m, err := decode(sdk.Message{Type: head.Type, Fields: head.Fields, Payload: data[size:]})
		if err == nil && m.Type == 0 {
			t.Error("a message without a type")
		}
	})
}

// A forger who knows the checksum can say anything, but can neither crash a node nor change what it has committed.
func FuzzForgedMessages(f *testing.F) {
	f.Add(byte(core.Append), true, uint64(3), uint64(2), uint64(2), uint64(2), uint64(1), []byte("\x02\x00\x01x"))
	f.Add(byte(core.AppendReply), true, uint64(2), uint64(2), uint64(2), uint64(9), uint64(0), []byte{})
	f.Add(byte(core.Vote), false, uint64(limit), uint64(limit), uint64(limit), uint64(0), uint64(0), []byte{})
	f.Fuzz(func(t *testing.T, kind byte, ok bool, term, prev, prevTerm, other, n uint64, body []byte) {
		forged := core.Message{Type: core.MessageType(kind), OK: ok, Term: term, Prev: prev, PrevTerm: prevTerm}
		if forged.Type < core.PreVote || forged.Type > core.AppendReply {
			return
		}
		switch forged.Type {
		case core.Append:
			forged.Commit = other
		case core.AppendReply:
			forged.Match, forged.MatchTerm = other, n
		case core.PreVoteReply, core.VoteReply:
			forged.Prev, forged.PrevTerm = 0, 0
		}
		typ, fields, payload := encode(&forged)
		payload = append(payload[:sumSize], body...)
		binary.LittleEndian.PutUint64(payload, checksum(&forged, body))
		if forged.Type == core.Append {
			fields[4].Value = int64(n)
		}
		m, err := decode(sdk.Message{Type: typ, Fields: fields, Payload: payload})
		if err != nil {
			return
		}
		for _, leads := range []bool{false, true} {
			c := committedNode(t, leads)
			for _, m.From = range []core.ID{2, 3} {
				m.To = 1
				c.Step(0, core.Input{Kind: core.Receive, Message: m})
			}
			if log := c.Log(1, 2); len(log) < 2 || log[0].Term != 1 || log[1].Term != 2 {
				t.Errorf("%+v changed committed entries to %+v", m, log)
			}
		}
	})
}

// committedNode is node 1 of three, in term 2, with two committed entries of terms 1 and 2; it leads or follows node 2.
func committedNode(t *testing.T, leads bool) *core.Core {
	t.Helper()
	c, err := core.New(core.Config{
		ID: 1, Peers: []core.ID{1, 2, 3}, ElectionMin: 100, Heartbeat: 1, Timeout: func() time.Duration { return 100 },
	}, core.Durable{Term: 1, Log: []core.Entry{entry(1, 1, "a")}})
	if err != nil {
		t.Fatal(err)
	}
	step := func(in core.Input) {
		if out := c.Step(0, in); out.Persist != nil {
			c.Step(0, core.Input{Kind: core.Persisted, Write: out.Persist.Number})
		}
	}
	receive := func(m core.Message) {
		m.From, m.To, m.Term = 2, 1, 2
		step(core.Input{Kind: core.Receive, Message: m})
	}
	step(core.Input{Kind: core.Start})
	if leads {
		step(core.Input{Kind: core.Campaign})
		receive(core.Message{Type: core.VoteReply, OK: true})
		receive(core.Message{Type: core.AppendReply, OK: true, Prev: 1, Match: 2})
	} else {
		receive(core.Message{Type: core.Append, Prev: 1, PrevTerm: 1, Commit: 2, Entries: []core.Entry{entry(2, 2, "b")}})
	}
	if s := c.Status(); s.Commit != 2 || (s.Role == core.Leader) != leads {
		t.Fatalf("leads=%v: %+v", leads, s)
	}
	return c
}
