package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// asPlugin makes this test binary behave as the program of a plugin.
const asPlugin = "LAB_SDK_TEST_AS_PLUGIN"

func TestMain(m *testing.M) {
	if os.Getenv(asPlugin) != "" {
		Main(shop())
	}
	os.Exit(m.Run())
}

func shop() sdk.Plugin {
	return sdk.Plugin{Name: "shop", Version: "1.2", Doc: "a shop", Kinds: []sdk.Kind{storeKind(), probeKind()}}
}

func TestByHandAPluginSaysWhatItIs(t *testing.T) {
	s := compiled(t, shop().Kinds...)
	tests := []struct {
		args  []string
		code  int
		wants []string // in what it prints
	}{
		{nil, 0, []string{"shop", "plugin of lab", "store", "keeps things", "lab run", "./shop", "describe"}},
		{[]string{"docs"}, 0, []string{
			"# shop", "## store", `lab.add("store", servers = ...)`,
			"| `port` | int | `8080` | where, and on which port (the node's main address) |",
			"- `node.get(key, mode=\"fast\")` -> struct", "\n  - `.value` (string): what it is\n", "### cursor",
			"- `cursor.again()` -> cursor", "- `became_leader`\n  - `.term` (int)\n",
		}},
		{[]string{"describe"}, 0, []string{`"name": "store"`, `"default_value"`}},
		{[]string{"serve"}, 2, []string{`error: shop: unknown argument "serve"`,
			"hint: the verbs are describe, docs, test and debug"}},
		{[]string{"docs", "store"}, 2, []string{`unknown argument "docs store"`}},
	}
	for _, test := range tests {
		var out, trouble bytes.Buffer
		code := byHand(s, append([]string{"./shop"}, test.args...), &out, &trouble)
		text := out.String() + trouble.String()
		if code != test.code || (code != 0) != (out.Len() == 0) {
			t.Errorf("%q: exit code %d, want %d; standard output %q", test.args, code, test.code, out.String())
		}
		for _, want := range test.wants {
			if !strings.Contains(text, want) {
				t.Errorf("%q: no %q in\n%s", test.args, want, text)
			}
		}
	}
}

func TestTheVerbTestLeavesItToLab(t *testing.T) {
	s := compiled(t, shop().Kinds...)
	var out, trouble bytes.Buffer
	t.Setenv("PATH", t.TempDir())
	if code := byHand(s, []string{"shop", "test"}, &out, &trouble); code != 5 || out.Len() > 0 ||
		!strings.Contains(trouble.String(), "hint: it needs the command lab: go install") {
		t.Errorf("without lab: exit code %d, %q, %q", code, out.String(), trouble.String())
	}
	lab := filepath.Join(os.Getenv("PATH"), "lab")
	if err := os.WriteFile(lab, []byte("#!/bin/sh\necho \"$@\"\nexit 4\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if code := byHand(s, []string{"shop", "test"}, &out, &trouble); code != 4 || out.String() != "plugin test "+self+"\n" {
		t.Errorf("with lab: exit code %d, %q", code, out.String())
	}
}

func TestDescribePrintsTheManifest(t *testing.T) {
	s := compiled(t, shop().Kinds...)
	var out bytes.Buffer
	if code := byHand(s, []string{"shop", "describe"}, &out, io.Discard); code != 0 {
		t.Fatalf("exit code %d", code)
	}
	var said wire.Manifest
	if err := protojson.Unmarshal(out.Bytes(), &said); err != nil {
		t.Fatal(err)
	}
	got, err := wire.FromManifest(&said)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s.manifest, got); diff != "" {
		t.Error(diff)
	}
}

// program is this test binary running as a plugin.
type program struct {
	*exec.Cmd
	out      *bufio.Reader
	lifeline *os.File // the host's end
}

func start(t *testing.T, env []string, args ...string) *program {
	t.Helper()
	p := &program{Cmd: exec.Command(os.Args[0], args...)}
	p.Env = append(append(os.Environ(), asPlugin+"=1", "TMPDIR="+t.TempDir()), env...)
	p.Stderr = os.Stderr
	stdout, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	theirs, ours, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.ExtraFiles, p.lifeline, p.out = []*os.File{theirs}, ours, bufio.NewReader(stdout)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	t.Cleanup(func() {
		_ = p.Process.Kill()
		_ = p.Wait()
		_ = ours.Close()
	})
	return p
}

// line reads the next line of standard output.
func (p *program) line(t *testing.T) string {
	t.Helper()
	text, err := p.out.ReadString('\n')
	if err != nil {
		t.Fatalf("standard output %q: %v", text, err)
	}
	return strings.TrimSpace(text)
}

// exits waits for the end of the process by itself.
func (p *program) exits(t *testing.T) {
	t.Helper()
	limit := time.AfterFunc(10*time.Second, func() {
		t.Error("the process did not end by itself")
		_ = p.Process.Kill()
	})
	defer limit.Stop()
	if err := p.Wait(); err != nil {
		t.Errorf("the process ended with %v", err)
	}
}

// converse opens a session, asks for the manifest and ends the session.
func converse(t *testing.T, target string) {
	t.Helper()
	conn, err := grpc.NewClient(target, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	stream, err := wire.NewPluginClient(conn).Session(context.Background(), grpc.WaitForReady(true))
	if err != nil {
		t.Fatal(err)
	}
	describe := &wire.Command{Of: &wire.Command_Describe{Describe: &wire.Describe{}}}
	if err := stream.Send(&wire.ToPlugin{Commands: []*wire.Command{describe}}); err != nil {
		t.Fatal(err)
	}
	message, err := stream.Recv()
	if err != nil || message.GetReports()[0].GetManifest().Name != "shop" {
		t.Fatalf("got %v, %v", message, err)
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err == nil {
		t.Error("the session goes on after the host has ended it")
	}
}

var served1 = []string{wire.MagicCookieKey + "=" + wire.MagicCookieValue, wire.LifelineVariable + "=3"}

func handshake(t *testing.T, p *program) (target string) {
	t.Helper()
	fields := strings.Split(p.line(t), "|")
	if len(fields) < 5 || fields[1] != "1" || fields[2] != "unix" || fields[4] != "grpc" {
		t.Fatalf("handshake %q", fields)
	}
	return "unix:" + fields[3]
}

func TestAProcessEndsWithItsSession(t *testing.T) {
	p := start(t, served1)
	converse(t, handshake(t, p))
	p.exits(t)
}

func TestAProcessEndsWithItsLifeline(t *testing.T) {
	p := start(t, served1)
	handshake(t, p)
	_ = p.lifeline.Close()
	p.exits(t)
}

func TestUnderADebuggerAPluginServesOneSessionAfterAnother(t *testing.T) {
	p := start(t, nil, "debug")
	text, ok := strings.CutPrefix(p.line(t), wire.ReattachVariable+"='")
	var all map[string]wire.Reattach
	if err := json.Unmarshal([]byte(strings.TrimSuffix(text, "'")), &all); err != nil || !ok {
		t.Fatalf("%q: %v", text, err)
	}
	r := all["shop"]
	if r.Pid != p.Process.Pid || r.ProtocolVersion != wire.ProtocolVersion || r.Network != "unix" {
		t.Errorf("got %+v", r)
	}
	converse(t, "unix:"+r.Address)
	converse(t, "unix:"+r.Address)
	if err := p.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	p.exits(t)
	if _, err := os.Stat(r.Address); !os.IsNotExist(err) {
		t.Errorf("the socket is left behind: %v", err)
	}
}

func TestAPluginThatIsWrongSaysSoAndDoesNotServe(t *testing.T) {
	_, err := NewServer(sdk.Plugin{Name: "Shop"})
	if err == nil || !strings.Contains(err.Error(), "serves no kinds") || !strings.Contains(err.Error(), `plugin "Shop"`) {
		t.Errorf("got %v, want all that is wrong", err)
	}
}

// hog keeps control until it is released.
type hog struct{ release chan struct{} }

func (h *hog) Run(sdk.Env) error {
	<-h.release
	return errors.New("released")
}

func TestAComponentThatKeepsControlEndsItsWorldOnly(t *testing.T) {
	defer func(old time.Duration) { hungAfter = old }(hungAfter)
	hungAfter = 50 * time.Millisecond
	release := make(chan struct{})
	s := compiled(t, sdk.Kind{Name: "hog", New: func() sdk.Component { return &hog{release} }})
	out := newOutbox()
	w := newSimWorld(s, out, 1, &wire.Open{})
	w.command(&wire.Command{World: 1, Of: &wire.Command_Advance{Advance: &wire.Advance{
		Changes: []*wire.Change{{Of: &wire.Change_Start{Start: &wire.Start{Node: "n1", Kind: "hog"}}}},
	}}})
	text := out.take(nil)[0].GetProgress().GetError()
	if !strings.Contains(text, "node n1: its component keeps control") || !strings.Contains(text, "hog") {
		t.Errorf("got error %q, want the node and its stack", text)
	}
	w.command(&wire.Command{World: 1, Of: &wire.Command_Close{Close: &wire.Close{}}})
	if closed := out.take(nil)[0].GetClosed(); closed.GetError() == "" {
		t.Errorf("got %v", closed)
	}
	close(release)
	<-w.ended
}
