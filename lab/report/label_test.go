package report

import (
	"testing"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/story"
)

func TestALabelBeginsWithWhatDecides(t *testing.T) {
	message := func(kind string, fields ...string) story.Row {
		return story.Row{Packet: &result.Packet{Kind: "datagram", Type: kind, Fields: parts(fields)}}
	}
	event := func(class, name string, fields ...string) story.Row {
		return story.Row{Moment: &result.Moment{Class: class, Name: name, Fields: parts(fields)}}
	}
	stream := func(data string) story.Row {
		return story.Row{Packet: &result.Packet{Kind: "data", Conn: 1, Size: len(data), Data: []byte(data)}}
	}
	for want, r := range map[string]story.Row{
		"vote_reply ok=True term=2":      message("vote_reply", "term", "2", "ok", "True"),
		"append term=2 prev=1":           message("append", "term", "2", "prev", "1"),
		`refused remote="web2:8000"`:     event("conn", "refused", "local", `"lb:49152"`, "remote", `"web2:8000"`),
		"applied index=3 hash=8157…9969": event("component", "applied", "index", "3", "hash", "8157663052869609969"),
		"called put(key = 1)":            event("call", "called", "method", `"put"`, "arguments", "struct(key = 1)"),
		"GET /a HTTP/1.1, data 21 bytes": stream("GET /a HTTP/1.1\r\nA: b"),
		"data 3 bytes":                   stream("\x00\x01\n"),
		"na, data 3 bytes":               stream("na\xc3"),
		"data 4 bytes":                   stream("\xc3aaa"),
	} {
		if got := label(r); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestAStreamSaysHowItBegins(t *testing.T) {
	r := segments("a 0 data", "a 1 data")
	r.Story.Packets[0].Data = []byte("GET /orders HTTP/1.1\r\n")
	if got := laidOut(r).Bands[0].Text; got != "GET /orders HTTP/1.1, 2000 B in 2" {
		t.Errorf("got %s", got)
	}
}

// Beside a lost packet stands why it was lost: what it was takes few words.
func TestALostPacketHasAShortName(t *testing.T) {
	for want, p := range map[string]result.Packet{
		"append": {Kind: "datagram", Type: "append", Fields: parts([]string{"term", "2"}), Lost: "cut"}, "GET /a": {Kind: "data", Size: 9, Data: []byte("GET /a\r\n"), Lost: "cut"},
		"data 9 bytes": {Kind: "data", Size: 9, Again: 2, Lost: "loss"}, "fin": {Kind: "data", Fin: true, Lost: "loss"}, "": {Kind: "syn"},
	} {
		r := row{Class: "segment", Lost: p.Lost, from: story.Row{Packet: &p}}
		if got := r.told().Short; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// The column of times is 76 pixels wide, and a letter of its bold font about 7.
func TestWhatStandsBesideTheLinesAcrossFitsTheColumnOfTimes(t *testing.T) {
	for what, text := range edges {
		if len(text) > 11 || told[what] == "" {
			t.Errorf("%d: %q has %d letters, want at most 11; in words %q", what, text, len(text), told[what])
		}
	}
}
