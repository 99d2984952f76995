package pcap_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/pcap"
	"github.com/netlab-dev/netlab/lab/result"
)

// tshark prints what Wireshark makes of the runs.
func tshark(t *testing.T, r *result.Report, args ...string) string {
	t.Helper()
	if _, err := exec.LookPath("tshark"); err != nil {
		t.Skip("tshark is not installed (Debian: apt-get install tshark)")
	}
	dir := t.TempDir()
	file, err := os.Create(filepath.Join(dir, "run.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	if err := pcap.Write(file, r); err != nil {
		t.Fatal(err)
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(dir, "lab.lua")
	if err := os.WriteFile(script, []byte(pcap.Dissector), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("tshark", append([]string{"-X", "lua_script:" + script, "-r", file.Name()}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "TZ=UTC")
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil || strings.Contains(complaints.String(), "Lua") {
		t.Fatalf("%s: %v\n%s%s", cmd, err, out, complaints.String())
	}
	return strings.TrimSpace(string(out))
}

// columns are the values of fields, a line each packet.
func columns(t *testing.T, r *result.Report, filter string, fields ...string) string {
	args := []string{"-Y", filter, "-T", "fields", "-E", "separator=|", "-E", "aggregator=;"}
	for _, f := range fields {
		args = append(args, "-e", f)
	}
	return tshark(t, r, args...)
}

func TestTsharkShowsEveryPacketWithItsFate(t *testing.T) {
	got := columns(t, report(messages(), stream(1)), "frame.number <= 4",
		"frame.time_epoch", "frame.interface_name", "ip.src", "ip.dst", "udp.srcport", "udp.dstport", "frame.packet_id", "frame.comment")
	want := "" +
		"946684800.001000000|test_messages sim seed 7: n1|10.0.0.1|10.0.0.2|7001|7000|2|" +
		"event 2: arrives at n2 at 10ms, its copy at 12ms, 1ms in the queue and on the line; append term=4\n" +
		"946684800.002000000|test_messages sim seed 7: n1|10.0.0.1|10.0.0.3|7000|7000|3|" +
		"event 3: lost: cut by isolate n3 at x.star:5, caused by a timer of event 2\n" +
		"946684800.003000000|test_messages sim seed 7: n2|10.0.0.2|10.0.0.1|53|53|9|" +
		"event 9: on its way when the run ended, caused by event 3\n" +
		"946684800.000000000|test_stream live seed 1: client|10.0.1.1|10.0.1.2|||1|event 1: arrives at server at 5ms"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := columns(t, report(stream(1)), "frame.number == 1", "frame.interface_name"); got != "client" {
		t.Errorf("the interface of a single run is %q, want its node's name", got)
	}
}

func TestTsharkNamesAddressesByTheirNodes(t *testing.T) {
	got := tshark(t, report(messages(), stream(1)), "-N", "n", "-T", "fields", "-e", "ip.src_host", "-Y", "frame.number == 3 || tcp.flags.syn == 1")
	if want := "n2\nclient\nserver"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestTsharkShowsTypeAndFieldsOfMessages sends from ports that belong to AFS and DNS: the mark of a message counts more.
func TestTsharkShowsTypeAndFieldsOfMessages(t *testing.T) {
	got := columns(t, report(messages()), "udp", "_ws.col.Protocol", "lab.type", "lab.payload", "lab.field")
	want := `lab|append|0102|term=4;less=-300;share=0.25;name="n` + "\x1b" + `1";empty="";none=None;yes=True;no=False;` +
		`raw=b"01FE";wait=150ms;rate=5mbit;to="n1:80";node="n2";list=[1, "x"];dict={"a": 1}` + "\n" +
		"lab|vote||\nDNS|||"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := columns(t, report(messages()), `lab.field == "term=4"`, "frame.number"); got != "1" {
		t.Errorf("packets with term=4 are %q, want 1", got)
	}
	if got := columns(t, report(messages()), "lab.cut", "frame.number"); got != "2" {
		t.Errorf("messages that the capture has in part are %q, want 2", got)
	}
}

func TestTsharkFollowsAStream(t *testing.T) {
	got := columns(t, report(stream(3)), "tcp", "_ws.col.Info", "tcp.analysis.retransmission")
	want := `32768 → 80 [SYN] Seq=0 Win=65535 Len=0 MSS=1460 WS=128|
80 → 32768 [SYN, ACK] Seq=0 Ack=1 Win=65535 Len=0 MSS=1460 WS=128|
32768 → 80 [ACK] Seq=1 Ack=1 Win=8388480 Len=0|
32768 → 80 [PSH, ACK] Seq=1 Ack=1 Win=8388480 Len=1460|
80 → 32768 [ACK] Seq=1 Ack=1461 Win=2944 Len=0|
32768 → 80 [PSH, ACK] Seq=1461 Ack=1 Win=8388480 Len=1460|
[TCP Retransmission] 32768 → 80 [PSH, ACK] Seq=1461 Ack=1 Win=8388480 Len=1460|1
80 → 32768 [ACK] Seq=1 Ack=2921 Win=1536 Len=0|
32768 → 80 [PSH, ACK] Seq=2921 Ack=1 Win=8388480 Len=1460|
[TCP ZeroWindow] 80 → 32768 [ACK] Seq=1 Ack=4381 Win=0 Len=0|
32768 → 80 [FIN, ACK] Seq=4381 Ack=1 Win=8388480 Len=0|
80 → 32768 [FIN, PSH, ACK] Seq=1 Ack=4382 Win=0 Len=5|
32768 → 80 [ACK] Seq=4382 Ack=7 Win=8388480 Len=0|`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	followed := tshark(t, report(stream(3)), "-q", "-z", "follow,tcp,raw,0")
	if bytes := strings.Count(followed, "00"); bytes < 3*1460+5 || strings.Contains(followed, "missing") {
		t.Errorf("%d bytes are followed, want %d:\n%.300s", bytes, 3*1460+5, followed)
	}
}

func TestBrokenMessagesAreNoErrorOfTheScript(t *testing.T) {
	whole := head("append", fields)
	heads := [][]byte{
		append(head("deep", nil)[:11], strings.Repeat("\x01\x00\x0b\x01", 60)...),           // a list in a list in a list
		append([]byte{0xAB, 'L', 1}, strings.Repeat("\xff", 100)...),                        // a length without end
		append([]byte{0xAB, 'L', 1, 99, 1, 'x'}, "\xff\xff\xff\xff\xff\xff\xff\xff\x7f"...), // as many fields as there are numbers
	}
	for i := 6; i < len(whole); i++ {
		flipped := slices.Clone(whole)
		flipped[i] ^= 0xFF
		heads = append(heads, whole[:i], flipped)
	}
	run := packets()
	for _, b := range heads {
		run.Story.Packets = append(run.Story.Packets, result.Packet{Kind: "datagram", From: "a", To: "b", Port: 7000, Size: len(b), Data: b})
	}
	got := strings.Count(columns(t, report(run), `lab && !_ws.lua.error`, "frame.number"), "\n") + 1
	if got != len(heads) {
		t.Errorf("%d of %d broken messages are shown without an error", got, len(heads))
	}
}
