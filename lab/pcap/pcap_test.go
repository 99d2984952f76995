package pcap_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"github.com/netlab-dev/netlab/lab/pcap"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/sdk"
)

// frame is a packet of a file that was read back.
type frame struct {
	face, comment, text string
	at                  time.Duration
	length, captured    int
}

// read reads a file back, and checks what must hold for all.
func read(t *testing.T, text []byte) (header string, frames []frame) {
	t.Helper()
	r, err := pcapgo.NewNgReader(bytes.NewReader(text), pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	for {
		data, info, opts, err := r.ReadPacketDataWithOptions()
		if errors.Is(err, io.EOF) {
			return r.SectionInfo().Comment, frames
		}
		if err != nil {
			t.Fatal(err)
		}
		face, err := r.Interface(info.InterfaceIndex)
		if err != nil {
			t.Fatal(err)
		}
		if len(opts.Comments) != 1 || opts.PacketID == nil {
			t.Fatalf("options %+v, want a comment and a number", opts)
		}
		frames = append(frames, frame{
			face: face.Name, comment: opts.Comments[0], text: decode(t, data, info.Length), at: info.Timestamp.Sub(sdk.Epoch),
			length: info.Length, captured: info.CaptureLength,
		})
	}
}

// decode is a packet in a line.
func decode(t *testing.T, data []byte, length int) string {
	t.Helper()
	p := gopacket.NewPacket(data, layers.LinkTypeRaw, gopacket.Default)
	ip, ok := p.NetworkLayer().(*layers.IPv4)
	if !ok || int(ip.Length) != length {
		t.Fatalf("no IPv4 packet of %d bytes: %v", length, p)
	}
	where := func(from, to any) string { return fmt.Sprintf("%s:%d > %s:%d", ip.SrcIP, from, ip.DstIP, to) }
	switch l := p.TransportLayer().(type) {
	case *layers.UDP:
		return where(l.SrcPort, l.DstPort) + " udp"
	case *layers.TCP:
		var flags string
		for _, flag := range []struct {
			on   bool
			name string
		}{{l.SYN, "S"}, {l.FIN, "F"}, {l.RST, "R"}, {l.ACK, "."}} {
			if flag.on {
				flags += flag.name
			}
		}
		return fmt.Sprintf("%s tcp %s seq %d ack %d", where(l.SrcPort, l.DstPort), flags, l.Seq, l.Ack)
	}
	t.Fatalf("neither UDP nor TCP: %v", p)
	return ""
}

func write(t *testing.T, r *result.Report) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := pcap.Write(&b, r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestEveryPacketIsReadBackWithItsFate(t *testing.T) {
	header, frames := read(t, write(t, report(messages(), stream(1))))
	wantHeader := `Times are those of the run's clock, which begins at 2000-01-01 00:00:00 UTC. A packet stands where and when it was sent.
x.star::test_messages, seed 7, sim: failed
check: x.star:9: check(False)
replay: lab run x.star --seed 7
10.0.0.1 n1
10.0.0.2 n2
10.0.0.3 n3
y.star::test_stream, seed 1, live: passed
10.0.1.1 client
10.0.1.2 server`
	if diff := cmp.Diff(wantHeader, header); diff != "" {
		t.Error(diff)
	}
	var lines []string
	for _, f := range frames {
		lines = append(lines, fmt.Sprintf("%s %s %d/%d %s", f.at, f.text, f.captured, f.length, f.face))
	}
	want := []string{
		"1ms 10.0.0.1:7001 > 10.0.0.2:7000 udp 178/178 test_messages sim seed 7: n1",
		"2ms 10.0.0.1:7000 > 10.0.0.3:7000 udp 284/428 test_messages sim seed 7: n1",
		"3ms 10.0.0.2:53 > 10.0.0.1:53 udp 33/48 test_messages sim seed 7: n2",
		"0s 10.0.1.1:32768 > 10.0.1.2:80 tcp S seq 0 ack 0 48/48 test_stream live seed 1: client",
		"5ms 10.0.1.2:80 > 10.0.1.1:32768 tcp S. seq 0 ack 1 48/48 test_stream live seed 1: server",
		"10ms 10.0.1.1:32768 > 10.0.1.2:80 tcp . seq 1 ack 1 40/40 test_stream live seed 1: client",
		"15ms 10.0.1.1:32768 > 10.0.1.2:80 tcp . seq 1 ack 1 1500/1500 test_stream live seed 1: client",
		"20ms 10.0.1.2:80 > 10.0.1.1:32768 tcp . seq 1 ack 1461 40/40 test_stream live seed 1: server",
		"25ms 10.0.1.1:32768 > 10.0.1.2:80 tcp F. seq 1461 ack 1 40/40 test_stream live seed 1: client",
		"30ms 10.0.1.2:80 > 10.0.1.1:32768 tcp F. seq 1 ack 1462 45/45 test_stream live seed 1: server",
		"35ms 10.0.1.1:32768 > 10.0.1.2:80 tcp . seq 1462 ack 7 40/40 test_stream live seed 1: client",
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
}

// packets is a run of two nodes.
func packets(list ...result.Packet) *result.Run {
	for i := range list {
		list[i].Number = uint64(i + 1)
		if list[i].From == "" {
			list[i].From, list[i].To = "a", "b"
		}
	}
	return &result.Run{Experiment: result.Experiment{ID: "test_x", Engine: "sim"}, Outcome: result.Failed, Story: &result.Story{Nodes: []string{"a", "b"}, Packets: list}}
}

func TestARefusedDialIsAnsweredByAReset(t *testing.T) {
	_, frames := read(t, write(t, report(packets(
		result.Packet{Kind: "syn", Port: 80, Conn: 1},
		result.Packet{Kind: "reset", Port: 80, Conn: 1, From: "b", To: "a", Back: true},
		result.Packet{Kind: "syn", Port: 80, Conn: 2},
		result.Packet{Kind: "syn-ack", Port: 80, Conn: 2, From: "b", To: "a", Back: true},
		result.Packet{Kind: "data", Port: 80, Conn: 2, Size: 10},
		result.Packet{Kind: "reset", Port: 80, Conn: 2},
	))))
	var got []string
	for _, f := range frames {
		got = append(got, f.text)
	}
	want := []string{
		"10.0.0.1:32768 > 10.0.0.2:80 tcp S seq 0 ack 0", "10.0.0.2:80 > 10.0.0.1:32768 tcp R. seq 0 ack 1",
		"10.0.0.1:32769 > 10.0.0.2:80 tcp S seq 0 ack 0", "10.0.0.2:80 > 10.0.0.1:32769 tcp S. seq 0 ack 1",
		"10.0.0.1:32769 > 10.0.0.2:80 tcp . seq 1 ack 1", "10.0.0.1:32769 > 10.0.0.2:80 tcp R. seq 11 ack 1",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestKnownBytesOfStreamsStandInTheFile(t *testing.T) {
	text := write(t, report(packets(result.Packet{Kind: "data", Port: 80, Conn: 1, Size: 20, Data: []byte("GET / HTTP/1.1")})))
	if !bytes.Contains(text, []byte("GET / HTTP/1.1\x00\x00\x00\x00\x00\x00")) {
		t.Error("the payload is missing")
	}
}

func TestACutIsOfTheFirstFaultThatWasInForce(t *testing.T) {
	list := make([]result.Packet, 5)
	for i := range list {
		list[i] = result.Packet{Kind: "datagram", Lost: "cut", Left: time.Duration(10*i + 5)}
	}
	run, links := packets(list...), [][2]string{{"a", "b"}}
	run.Story.Spans = []result.Span{
		{Text: "first", Links: links, From: 10, To: 20}, {Text: "other", Links: [][2]string{{"b", "a"}}, From: 10},
		{Text: "long", Links: links, From: 12, To: 38}, {Text: "short", Links: links, From: 24, To: 26}, {Text: "last", Links: links, From: 40},
	}
	_, frames := read(t, write(t, report(run)))
	for i, want := range []string{"lost: cut", "lost: cut by first at", "lost: cut by long at", "lost: cut by long at", "lost: cut by last at"} {
		if !strings.Contains(frames[i].comment, want) || i == 0 && strings.Contains(frames[i].comment, " by ") {
			t.Errorf("packet %d: %s, want %s", i+1, frames[i].comment, want)
		}
	}
}

func TestUnknownBytesOfStreamsEndSomewhere(t *testing.T) {
	list := make([]result.Packet, 20_000)
	for i := range list {
		list[i] = result.Packet{Kind: "data", Port: 80, Conn: 1, Offset: uint64(i) * 1460, Size: 1460}
	}
	text := write(t, report(packets(list...)))
	if len(text) < 16<<20 || len(text) > 20<<20 {
		t.Errorf("29 MB of a stream take %d bytes, want 16 MiB for the bytes and 4 MB at most for the headers", len(text))
	}
	if _, frames := read(t, text); len(frames) != len(list) || frames[len(list)-1].length != 1500 || frames[len(list)-1].captured != 40 {
		t.Errorf("%d packets, the last %d of %d bytes, want %d, 40 of 1500", len(frames), frames[len(list)-1].captured, frames[len(list)-1].length, len(list))
	}
}

func TestHostileTextsAreCutAndShown(t *testing.T) {
	long := strings.Repeat("<script>\x1b[2J\x00\n\u202e", 1<<17)
	run := packets(result.Packet{Kind: "datagram", Type: long, Fields: []result.Part{{Text: long, Value: long}, {Text: long, Value: long}}, Lost: "cut"})
	run.ID, run.File, run.Replay = long, long, long
	run.Checks = []result.Check{{Source: long}}
	run.Story.Nodes = append(run.Story.Nodes, long)
	run.Story.Spans = []result.Span{{Text: long, Links: [][2]string{{"a", "b"}}}}
	for i := range 3000 {
		run.Story.Nodes = append(run.Story.Nodes, fmt.Sprint(i)+long[:200])
	}
	text := write(t, report(run, run, run))
	header, frames := read(t, text)
	if len(header) > 65535 || !strings.HasSuffix(header, "\nand 2 more runs") || !strings.Contains(header, "more nodes\n") {
		t.Errorf("a header of %d bytes that ends in %q", len(header), header[len(header)-100:])
	}
	for _, text := range []string{header, frames[0].comment, frames[0].face} {
		if strings.ContainsAny(text, "\x1b\x00\u202e") || len(text) > 65535 {
			t.Errorf("%.200q", text)
		}
	}
	if len(frames[0].comment) > 8<<10 {
		t.Errorf("a comment of %d bytes", len(frames[0].comment))
	}
}

func TestWhatNoFileCanHoldIsAnError(t *testing.T) {
	tests := []struct {
		name string
		run  *result.Run
		want string
	}{
		{"kind", packets(result.Packet{Kind: "letter"}),
			`test_x sim seed 0: packet 1: kind "letter", want datagram, data, ack, syn, syn-ack or reset`},
		{"port", packets(result.Packet{Kind: "syn", Port: 65536}), "test_x sim seed 0: packet 1: ports 0 and 65536, want 0 to 65535"},
		{"datagram", packets(result.Packet{Kind: "datagram", Size: 65508}),
			"test_x sim seed 0: packet 1: a datagram of 65508 bytes, want 0 to 65507"},
		{"segment", packets(result.Packet{Kind: "data", Size: -1}), "test_x sim seed 0: packet 1: a segment of -1 bytes, want 0 to 65495"},
		{"time", packets(result.Packet{Kind: "ack", Sent: -1}), "test_x sim seed 0: packet 1: sent at -0.001us, want 0s to 1752000h"},
	}
	for _, tt := range tests {
		if err := pcap.Write(io.Discard, report(tt.run)); err == nil || err.Error() != tt.want {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestAFileWithoutRunsSaysSo(t *testing.T) {
	for _, runs := range [][]*result.Run{nil, {{Outcome: result.Passed}}} {
		if header, frames := read(t, write(t, report(runs...))); header != "no packets: no run was recorded" || len(frames) != 0 {
			t.Errorf("%q and %d packets", header, len(frames))
		}
	}
	empty := &result.Run{Outcome: result.Passed, Story: &result.Story{}}
	if header, frames := read(t, write(t, report(empty))); !strings.Contains(header, "seed 0") || len(frames) != 0 {
		t.Errorf("a story without nodes: %q and %d packets", header, len(frames))
	}
}
