package engine

import (
	"math"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// TestNothingThatAPluginReportsIsTrusted feeds a world with what no honest plugin says: it is an error of the plugin,
// or changes nothing, and never a panic.
func TestNothingThatAPluginReportsIsTrusted(t *testing.T) {
	garbage := []byte{0xff, 0xff, 0xff}
	for _, c := range []struct {
		name     string
		progress *wire.Progress
		want     string // "" for no error
	}{
		{"nothing", &wire.Progress{Now: int64(time.Second)}, ""},
		{"a clock that goes back", &wire.Progress{Now: 1}, "its clock went back from 1s to 1ns"},
		{"a clock below 0", &wire.Progress{Now: math.MinInt64}, "its clock went back"},
		{"a reply to no call", &wire.Progress{Now: int64(time.Second), Replies: []*wire.Reply{{}}}, "a reply to call 0, which was not made"},
		{"a reply to a call that is none", &wire.Progress{Now: int64(time.Second),
			Replies: []*wire.Reply{{Call: math.MinInt64}}}, "a reply to call -9223372036854775808"},
		{"a second reply", &wire.Progress{Now: int64(time.Second), Replies: []*wire.Reply{{Call: 1, At: int64(time.Second)}, {Call: 1}}}, "a second reply to call 1"},
		{"a value that is none", &wire.Progress{Now: int64(time.Second),
			Replies: []*wire.Reply{{Call: 1, Value: garbage}}}, "the reply to call 1"},
		{"an event without anything", &wire.Progress{Now: int64(time.Second), Events: []*wire.Event{{At: int64(time.Second)}}},
			`an event of node "", which does not exist`},
		{"an event of nobody", &wire.Progress{Now: int64(time.Second), Events: []*wire.Event{
			{At: int64(time.Second), Name: "e", Node: strings.Repeat("n", 100)}}}, `an event of node "` + strings.Repeat("n", 64) + ` ... (36 more bytes)"`},
		{"an event with a long name", &wire.Progress{Now: int64(time.Second), Events: []*wire.Event{
			{Name: strings.Repeat("e", 1<<20)}}}, "a name of 1048576 bytes, want at most 64"},
		{"an event with a field of a long name", &wire.Progress{Now: int64(time.Second), Events: []*wire.Event{
			{Name: "e", Fields: wire.ToFields(value.Fields{{Name: strings.Repeat("f", 65), Value: true}})},
		}}, "event e: a name of 65 bytes, want at most 64"},
		{"an event that is large", &wire.Progress{Now: int64(time.Second), Events: []*wire.Event{
			{Name: "e", Fields: wire.ToFields(value.Fields{{Name: "f", Value: strings.Repeat("x", 2<<20)}})},
		}}, "event e: 2097297 bytes in memory, want at most 1048576"},
		{"an event whose field has no value", &wire.Progress{Now: int64(time.Second), Events: []*wire.Event{
			{Name: "e", Fields: &wire.Fields{Fields: []*wire.Fields_Field{{Name: "f"}}}},
		}}, "event e"},
		{"the failure of nobody", &wire.Progress{Now: int64(time.Second), Failures: []*wire.Failure{{}}},
			`a failure of node "", which does not exist`},
		{"a failure before the turn", &wire.Progress{Now: int64(time.Second),
			Failures: []*wire.Failure{{Node: "n1", At: -1}}}, "a failure at an impossible time: -1ns is not between 1s and 1s"},
		{"a reply before the turn", &wire.Progress{Now: int64(time.Second),
			Replies: []*wire.Reply{{Call: 1, At: math.MinInt64}}}, "a reply at an impossible time"},
		{"an event after the turn", &wire.Progress{Now: int64(time.Second),
			Events: []*wire.Event{{Node: "n1", At: math.MaxInt64}}}, "an event at an impossible time"},
		{"a sample of nobody", &wire.Progress{Now: int64(time.Second), Samples: []*wire.Sample{{}}}, `a sample of node "", which does not exist`},
		{"a sample after the turn", &wire.Progress{Now: int64(time.Second),
			Samples: []*wire.Sample{{Node: "n1", At: math.MaxInt64}}}, "a sample at an impossible time"},
		{"a sample that has no value", &wire.Progress{Now: int64(time.Second),
			Samples: []*wire.Sample{{Node: "n1", At: int64(time.Second), Name: "term"}}}, "a sample of term: "},
		{"a sample that is a list", &wire.Progress{Now: int64(time.Second),
			Samples: []*wire.Sample{{Node: "n1", At: int64(time.Second), Name: "term", Value: wire.ToValue([]any{true})}}},
			"a sample of term is a []interface {}: want a number, a text or a truth value"},
		{"a series that is none", &wire.Progress{Now: int64(time.Second),
			Replies: []*wire.Reply{{Call: 1, At: int64(time.Second), Series: garbage}}}, "the series of call 1"},
		{"answers to what was not asked", &wire.Progress{Now: int64(time.Second),
			Previews: []*wire.Reply{{Call: -1}, {Call: math.MaxInt64}, {}}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := worldless()
			if _, err := s.top.apply([]Change{AddNode{Name: "n1", Kind: "k"}}); err != nil {
				t.Fatal(err)
			}
			call := Call{Node: "n1", Method: "m"}
			s.calls.note(call, 0)
			err := s.progress(c.progress, Wake{}, &Progress{})
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got error %v, want %q", err, c.want)
			}
			s.preview.ask(call)
		})
	}
}

func TestConnectionsThatCannotBeAreThePluginsTrouble(t *testing.T) {
	s := worldless()
	defer s.record.release()
	if _, err := s.top.apply([]Change{AddNode{Name: "n1", Kind: "k"}, AddNode{Name: "n2", Kind: "k"}}); err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]*wire.Connection{
		`a connection of node "n9", which does not exist`: {Src: "n1", Dst: "n9", Port: 1},
		`a connection of node "", which does not exist`:   {Dst: "n1", Port: 1},
		"an impossible connection":                        {Src: "n1", Dst: "n2", Port: 1 << 20},
	} {
		if _, err := s.takeConnections(&wire.Connections{List: []*wire.Connection{c}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %s", c, err, want)
		}
	}
}

func TestPacketsThatCannotBeAreThePluginsTrouble(t *testing.T) {
	s := worldless()
	defer s.record.release()
	if _, err := s.top.apply([]Change{AddNode{Name: "n1", Kind: "k"}}); err != nil {
		t.Fatal(err)
	}
	for want, p := range map[string]network.Packet{
		`a packet from "n1" to "n9": no such node`: {Kind: "ack", From: "n1", To: "n9"},
		"a packet sent at 3ns that left at 2ns":    {Kind: "ack", From: "n1", To: "n1", Sent: 3, Left: 2},
		"a packet of an unknown kind":              {From: "n1", To: "n1"},
	} {
		if _, err := s.takePackets(wire.ToPackets([]network.Packet{p}, 0)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: got %v, want %s", p, err, want)
		}
	}
	late := wire.ToPackets([]network.Packet{{Kind: "ack", From: "n1", To: "n1", Left: math.MaxInt64}}, 0)
	if list, err := s.takePackets(late); len(list) > 0 || err != nil {
		t.Errorf("what is later than the run: %v, %v", list, err)
	}
}

// worldless is a run in sim without a plugin.
func worldless() *sim {
	return &sim{
		now: time.Second, record: newRecorder(0), meters: map[FaultID]int64{}, preview: newPreview(nil),
		top: newTopology(func(string) bool { return true }), account: &Account{},
	}
}

// FuzzProgress feeds a world with what may come from a plugin: whatever it is, it is taken or refused.
func FuzzProgress(f *testing.F) {
	for _, p := range []*wire.Progress{
		{Now: int64(2 * time.Second), Replies: []*wire.Reply{{Call: 1, At: int64(2 * time.Second), Value: wire.EncodeValue([]any{int64(1), "x"})}}},
		{Now: int64(time.Second), Quiescent: true, Waiting: []*wire.Waiting{{Node: "n1", What: "its turn"}},
			Events:   []*wire.Event{{Name: "e", Node: "n1", Fields: wire.ToFields(value.Fields{{Name: "f", Value: 1.5}})}},
			Failures: []*wire.Failure{{Node: "n1", Error: "no"}}, Meters: []*wire.Meter{{Fault: 1, Count: 2}}},
		{Now: int64(2 * time.Second),
			Samples: []*wire.Sample{{Node: "n1", At: int64(2 * time.Second), Name: "term", Of: "x", Value: wire.ToValue(math.NaN())}},
			Replies: []*wire.Reply{{Call: 1, At: int64(2 * time.Second), Value: wire.EncodeValue(nil), Series: wire.EncodeValue(value.Fields{{Name: "name", Value: "x"}})}}},
	} {
		data, err := proto.Marshal(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(_ *testing.T, data []byte) {
		var p wire.Progress
		if wire.Unmarshal(data, &p) != nil {
			return
		}
		s := worldless()
		defer s.record.release()
		if _, err := s.top.apply([]Change{AddNode{Name: "n1", Kind: "probe"}}); err != nil {
			panic(err)
		}
		s.calls.note(Call{Node: "n1", Method: "m"}, 0)
		_ = s.progress(&p, Wake{}, &Progress{})
		_ = s.record.flood(s.top)
	})
}
