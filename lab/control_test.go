package lab

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/netlab-dev/netlab/lab/script"
)

// asked is what a lab answers whose commands end like that.
func asked(t *testing.T, text string, err error) (answer reply, read error) {
	t.Helper()
	near, far := net.Pipe()
	defer near.Close()
	go serveControl(far, func([]string) (string, error) { return text, err })
	if err := json.NewEncoder(near).Encode(request{Words: []string{"heal"}}); err != nil {
		t.Fatal(err)
	}
	read = json.NewDecoder(near).Decode(&answer)
	return answer, read
}

func TestACommandIsAnsweredByTextOrByWhatWasWrong(t *testing.T) {
	if got, err := asked(t, "done\n", nil); err != nil || got != (reply{Text: "done\n"}) {
		t.Errorf("got %+v, %v", got, err)
	}
	wrong := &script.Error{Msg: "no such command: explode", Hint: "commands are ..."}
	if got, err := asked(t, "", wrong); err != nil || got != (reply{Error: wrong.Msg, Hint: wrong.Hint}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// Do tells of a connection that ends without an answer that the lab has ended; "context canceled" tells nobody.
func TestTheEndOfALabIsNoAnswer(t *testing.T) {
	if got, err := asked(t, "", context.Canceled); !errors.Is(err, io.EOF) {
		t.Errorf("got %+v, %v, want the end of the connection", got, err)
	}
}

func TestARequestThatIsNoneIsAnsweredByWhatIsWanted(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	go serveControl(far, func([]string) (string, error) { return "", errors.New("carried out") })
	if _, err := io.WriteString(near, "heal\n"); err != nil {
		t.Fatal(err)
	}
	var got reply
	if err := json.NewDecoder(near).Decode(&got); err != nil || !strings.HasPrefix(got.Error, "want one line of JSON") {
		t.Errorf("got %+v, %v", got, err)
	}
}
