package lab

import (
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// listening is a control socket whose commands are answered by their words.
func listening(t *testing.T) *control {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	c, err := listenControl(func(words []string) (string, error) { return strings.Join(words, " "), nil })
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
		if err != nil || !strings.HasPrefix(answer.Error, "want one line of JSON: ") {
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
	c := listening(t)
	for range maxClients {
		c.dial(t)
	}
	for serving := 0; serving < maxClients; { // until all are accepted
		c.mu.Lock()
		serving = len(c.clients)
		c.mu.Unlock()
	}
	start := time.Now()
	c.close()
	if took := time.Since(start); took >= askLimit {
		t.Errorf("the end took %v, want it not to wait for who says nothing", took)
	}
}
