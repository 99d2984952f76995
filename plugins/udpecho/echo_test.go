package udpecho

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/sdktest"
)

func TestThePluginPassesTheSuite(t *testing.T) { sdktest.Run(t, Plugin()) }

func TestEveryDatagramIsAnsweredWithThePrefix(t *testing.T) {
	largest := strings.Repeat("x", sdk.MaxDatagram-len("Echo: "))
	tests := []struct{ name, send, want string }{
		{"text", "hello", "Echo: hello"},
		{"nothing", "", "Echo: "},
		{"binary data", "\x00\xff\n", "Echo: \x00\xff\n"},
		{"the largest that can be answered", largest, "Echo: " + largest},
	}
	for _, test := range tests {
		b := sdktest.NewBench(t, Plugin(), 1)
		b.Add("echo", "udp-echo", nil)
		b.Do(func(env sdk.Env) {
			if got, err := ask(env, test.send); got != test.want || err != nil {
				t.Errorf("%s: got %.40q, %v, want %.40q", test.name, got, err, test.want)
			}
		})
	}
}

func TestADatagramTooLargeToAnswerIsNotAnsweredAndHarmsNothing(t *testing.T) {
	b := sdktest.NewBench(t, Plugin(), 1)
	b.Add("echo", "udp-echo", nil)
	b.Do(func(env sdk.Env) {
		if got, err := ask(env, strings.Repeat("x", sdk.MaxDatagram)); !errors.Is(err, sdk.ErrTimeout) {
			t.Errorf("got %d bytes, %v, want no answer", len(got), err)
		}
		if got, err := ask(env, "small"); got != "Echo: small" || err != nil {
			t.Errorf("afterwards: got %q, %v", got, err)
		}
	})
}

// ask sends one datagram and waits a second for the answer.
func ask(env sdk.Env, data string) (string, error) {
	socket, err := env.ListenPacket(0)
	if err != nil {
		return "", err
	}
	defer socket.Close()
	if _, err := socket.WriteTo([]byte(data), sdk.MakeAddr("echo", 8081)); err != nil {
		return "", err
	}
	if err := socket.SetReadDeadline(env.Now().Add(time.Second)); err != nil {
		return "", err
	}
	buf := make([]byte, sdk.MaxDatagram)
	n, _, err := socket.ReadFrom(buf)
	return string(buf[:n]), err
}
