package tcpecho

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sdktest"
)

func newBench(t *testing.T) *sdktest.Bench {
	b := sdktest.NewBench(t, Plugin(), 1)
	b.Add("echo", "tcp-echo", nil)
	return b
}

// exchange sends text, ends the sending direction and returns the whole answer.
func exchange(t *testing.T, env sdk.Env, text string) string {
	conn, err := env.Dial("echo:8080")
	if err != nil {
		t.Error(err)
		return ""
	}
	defer conn.Close()
	env.Go(func() {
		if _, err := io.WriteString(conn, text); err != nil {
			t.Error(err)
		}
		if err := conn.CloseWrite(); err != nil {
			t.Error(err)
		}
	})
	answer, err := io.ReadAll(conn)
	if err != nil {
		t.Error(err)
	}
	return string(answer)
}

func TestEveryLineIsAnsweredWithThePrefix(t *testing.T) {
	tests := []struct{ name, send, want string }{
		{"nothing", "", ""},
		{"one line", "hello\n", "Echo: hello\n"},
		{"two lines", "a\nb\n", "Echo: a\nEcho: b\n"},
		{"an empty line", "\n", "Echo: \n"},
		{"a last line without newline", "a\nb", "Echo: a\nEcho: b"},
		{"binary data", "\x00\xff\n\r\n\x80", "Echo: \x00\xff\nEcho: \r\nEcho: \x80"},
		{"a line longer than any buffer", strings.Repeat("x", 3<<20) + "\ny\n", "Echo: " + strings.Repeat("x",
			3<<20) + "\nEcho: y\n"},
	}
	for _, test := range tests {
		b := newBench(t)
		b.Do(func(env sdk.Env) {
			if got := exchange(t, env, test.send); got != test.want {
				t.Errorf("%s: got %d bytes %.40q, want %d bytes %.40q", test.name, len(got), got, len(test.want), test.want)
			}
		})
	}
}

func TestALineIsAnsweredAtOnceAndNotAtTheEnd(t *testing.T) {
	b := newBench(t)
	b.Network(link.Profile{Latency: link.Draw{A: 20 * time.Millisecond}})
	b.Do(func(env sdk.Env) {
		start := env.Now()
		conn, err := env.Dial("echo:8080")
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "hello\nrest")
		line, err := bufio.NewReader(conn).ReadString('\n')
		if took := env.Now().Sub(start); err != nil || line != "Echo: hello\n" || took != 80*time.Millisecond {
			t.Errorf("got %q, %v after %v, want the line after two round trips of 40ms", line, err, took)
		}
	})
}

func TestAVanishedClientLeavesTheOthersAlone(t *testing.T) {
	b := newBench(t)
	b.Do(func(env sdk.Env) {
		for range 3 {
			conn, err := env.Dial("echo:8080")
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(conn, "half a li")
			_ = conn.Reset()
		}
		if got := exchange(t, env, "still there?\n"); got != "Echo: still there?\n" {
			t.Errorf("got %q", got)
		}
	})
}

func TestAClientThatNeverReadsIsHeldUp(t *testing.T) {
	b := newBench(t)
	b.Do(func(env sdk.Env) {
		conn, err := env.Dial("echo:8080")
		if err != nil {
			t.Error(err)
			return
		}
		_ = conn.SetWriteDeadline(env.Now().Add(time.Minute))
		n, err := conn.Write(make([]byte, 64<<20))
		if !errors.Is(err, sdk.ErrTimeout) {
			t.Errorf("wrote %d bytes, error %v: want the echo to stop reading", n, err)
		}
	})
}

func TestPrefixAndPortAreConfiguration(t *testing.T) {
	b := sdktest.NewBench(t, Plugin(), 1)
	b.Add("echo", "tcp-echo", sdk.Fields{{Name: "port", Value: 7}, {Name: "prefix", Value: "> "}})
	b.Do(func(env sdk.Env) {
		conn, err := env.Dial("echo:7")
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, "a\n")
		if line, err := bufio.NewReader(conn).ReadString('\n'); line != "> a\n" {
			t.Errorf("got %q, %v", line, err)
		}
	})
}

// short is a connection on which a client sends empty lines, and which notes the longest write.
type short struct {
	sdk.Conn
	lines   strings.Reader
	longest int
}

func (c *short) Read(p []byte) (int, error) { return c.lines.Read(p) }
func (c *short) Close() error               { return nil }

func (c *short) Write(p []byte) (int, error) {
	c.longest = max(c.longest, len(p))
	return len(p), nil
}

func TestManyShortLinesTakeNoMoreMemory(t *testing.T) {
	conn := &short{lines: *strings.NewReader(strings.Repeat("\n", 16<<10))}
	(&Echo{Prefix: strings.Repeat("x", 4<<10)}).serve(conn)
	if conn.longest == 0 || conn.longest > 32<<10 {
		t.Errorf("the longest write has %d bytes, want at most 32 KiB of 64 MiB", conn.longest)
	}
}
