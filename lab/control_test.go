package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/plugins"
	"github.com/netlab-dev/netlab/sdk/serve"
)

// listening is a control socket whose commands are answered by their words.
func listening(t *testing.T) *control {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	c, err := listenControl(identity{}, func(words []string, _ int) (string, error) { return strings.Join(words, " "), nil })
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *control) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", c.path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	return conn
}

func TestWhateverIsSentToTheControlSocketTheNextCommandIsAnswered(t *testing.T) {
	c := listening(t)
	defer c.close()
	for name, sent := range map[string]string{
		"nothing": "", "garbage": "\x00\xff\n", "half a request": `{"words": ["stat`, "another shape": `["status"]` + "\n",
		"HTTP": "GET / HTTP/1.1\r\n\r\n", "nested deep": strings.Repeat("[", 60_000), "words without end": `{"words":["` +
			strings.Repeat("x", maxRequest),
	} {
		conn := c.dial(t)
		_, _ = io.WriteString(conn, sent)
		_ = conn.(*net.UnixConn).CloseWrite()
		var answer reply
		err := json.NewDecoder(conn).Decode(&answer)
		if err != nil || !strings.HasPrefix(answer.Error, "want one line of JSON of at most 65536 bytes: ") {
			t.Errorf("%s: got %+v, %v, want it refused", name, answer, err)
		}
	}
	for range 1000 {
		conn, err := net.Dial("unix", c.path)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.Close()
	}
	conn := c.dial(t)
	_, _ = io.WriteString(conn, `{"words": ["still", "there"]}`+"\n")
	var answer reply
	if err := json.NewDecoder(conn).Decode(&answer); err != nil || answer.Text != "still there" {
		t.Errorf("got %+v, %v", answer, err)
	}
}

func TestSilentClientsDoNotKeepALabUp(t *testing.T) {
	for range 40 { // some are let in before the end, some are being let in, some are not
		c := listening(t)
		for range maxClients {
			c.dial(t)
		}
		start := time.Now()
		c.close()
		if took := time.Since(start); took >= askLimit {
			t.Fatalf("the end took %v, want it not to wait for who says nothing", took)
		}
	}
}

func TestNobodyIsLetInAtTheEnd(t *testing.T) {
	c := listening(t)
	c.close()
	ours, theirs := net.Pipe()
	c.enter(ours, func() { t.Error("served after the end") })
	if _, err := theirs.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("reading answered %v, want the end of the connection", err)
	}
}

func TestWhoDoesNotTakeItsAnswerDoesNotKeepALabUp(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	answering := make(chan struct{})
	c, err := listenControl(identity{}, func([]string, int) (string, error) {
		close(answering)
		return strings.Repeat("x", 1<<20), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(c.dial(t), `{"words": ["much"]}`+"\n")
	<-answering
	start := time.Now()
	c.close()
	if took := time.Since(start); took >= askLimit {
		t.Errorf("the end took %v, want %v at most", took, lastLimit)
	}
}

// give sends a command to the lab that this process keeps up, and returns when that works on it.
func give(t *testing.T, words string) *json.Decoder {
	t.Helper()
	conn := (&control{path: filepath.Join(controlPath(), fmt.Sprintf("up-%d.sock", os.Getpid()))}).dial(t)
	lines := json.NewDecoder(conn)
	if err := json.NewEncoder(conn).Encode(request{strings.Fields(words)}); err != nil {
		t.Error(err)
	}
	var answer reply
	if err := lines.Decode(&answer); err != nil || !answer.Working {
		t.Errorf("%s: got %+v, %v", words, answer, err)
	}
	return lines
}

// keepUp keeps up an experiment of this text.
func keepUp(ctx context.Context, t *testing.T, text string, o UpOptions) error {
	t.Helper()
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	path := filepath.Join(t.TempDir(), "test.star")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	builtins, err := serve.Manifest(plugins.Builtin())
	if err != nil {
		t.Fatal(err)
	}
	return Up(ctx, builtins, Options{Targets: []string{path}}, o)
}

// TestACommandUnderWayDoesNotKeepAFailedLabUp gives a command to a lab that fails before it is up: nobody takes it any
// more.
func TestACommandUnderWayDoesNotKeepAFailedLabUp(t *testing.T) {
	var lines *json.Decoder
	err := keepUp(t.Context(), t, "def test_fails(lab):\n    check(False)\n", UpOptions{
		Command: func(func([]string) (string, error)) { lines = give(t, "nodes") },
	})
	if err == nil || !strings.Contains(err.Error(), "check(False)") {
		t.Errorf("Up answered %v, want the failed check", err)
	}
	if err := lines.Decode(&reply{}); err != io.EOF {
		t.Errorf("the command answered %v, want no answer", err)
	}
}

// TestACommandUnderWayDoesNotKeepALabUp ends a lab while somebody waits for a connection that a cut holds back.
func TestACommandUnderWayDoesNotKeepALabUp(t *testing.T) {
	ctx, end := context.WithCancel(t.Context())
	defer end()
	var lines *json.Decoder
	text := `
def test_cut(lab):
    client = lab.add("client")
    lab.cut(client, lab.add("tcp-echo", name = "echo"))
    lab.sleep(1*s)
`
	err := keepUp(ctx, t, text, UpOptions{Up: func(Kept) {
		go func() {
			lines = give(t, "dial client echo timeout=1hour")
			end()
		}()
	}})
	if err != nil {
		t.Errorf("Up answered %v", err)
	}
	if err := lines.Decode(&reply{}); err != io.EOF {
		t.Errorf("the command answered %v, want no answer", err)
	}
}
