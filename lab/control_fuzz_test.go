package lab

import (
	"encoding/json"
	"io"
	"net"
	"strings"
	"testing"
)

// FuzzControlRequest sends anything to the socket of a kept lab, and then a command, which must be answered.
func FuzzControlRequest(f *testing.F) {
	for _, seed := range []string{
		`{"words": ["nodes"]}`, `{"words": []}`, `{"words": null}`, `{}`, `[]`, `{"words": [1]}`, "{", `{"words": ["\u0000"]} {`,
	} {
		f.Add([]byte(seed))
	}
	f.Setenv("XDG_RUNTIME_DIR", f.TempDir())
	c, err := listenControl(identity{}, func(words []string, _ int) (string, error) { return strings.Join(words, " "), nil })
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(c.close)
	f.Fuzz(func(t *testing.T, sent []byte) {
		for _, text := range []string{string(sent), `{"words": ["still", "there"]}`} {
			conn, err := net.Dial("unix", c.path)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(conn, text+"\n") // it may have been refused before its end
			_ = conn.(*net.UnixConn).CloseWrite()
			answer := reply{Error: "no answer"}
			_ = json.NewDecoder(conn).Decode(&answer) // so may have been the answer
			_ = conn.Close()
			if text != string(sent) && answer.Text != "still there" {
				t.Errorf("got %+v after %q", answer, sent)
			}
		}
	})
}
