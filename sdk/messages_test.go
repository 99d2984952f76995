package sdk_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/sdktest"
)

// open opens messages on a port and closes them at the end of f.
func withMessages(t *testing.T, env sdk.Env, port int, f func(*sdk.Messages)) {
	m, err := sdk.OpenMessages(env, port)
	if err != nil {
		t.Error(err)
		return
	}
	f(m)
	if err := m.Close(); err != nil {
		t.Error(err)
	}
}

func TestMessagesArriveAsTheyWereSent(t *testing.T) {
	b := sdktest.NewBench(t, idle, 1)
	b.DoOn("n1", func(env sdk.Env) {
		m, err := sdk.OpenMessages(env, 7)
		if err != nil {
			t.Error(err)
			return
		}
		env.Go(func() { // answers every message with its own, upside down
			for {
				got, err := m.Receive(time.Time{})
				if err != nil {
					return
				}
				if err := m.Send(got.From, "re:"+got.Type, got.Fields, append(got.Payload, '!')); err != nil {
					t.Error(err)
				}
			}
		})
	})
	b.Do(func(env sdk.Env) {
		withMessages(t, env, 8, func(m *sdk.Messages) {
			if m.Addr() != "bench:8" {
				t.Errorf("the address is %s", m.Addr())
			}
			fields := sdk.Fields{{Name: "term", Value: int64(4)}, {Name: "who", Value: "n1"}}
			if err := m.Send("n1:7", "vote", fields, []byte("x")); err != nil {
				t.Error(err)
			}
			got, err := m.Receive(env.Now().Add(time.Second))
			want := sdk.Message{From: "n1:7", Type: "re:vote", Fields: fields, Payload: []byte("x!")}
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%v\n%s", err, diff)
			}
		})
	})
}

func TestStrayDatagramsArePassedOver(t *testing.T) {
	sdktest.NewBench(t, idle, 1).Do(func(env sdk.Env) {
		withMessages(t, env, 7, func(m *sdk.Messages) {
			stray, err := env.ListenPacket(9)
			if err != nil {
				t.Error(err)
				return
			}
			for _, data := range []string{"", "hello", "\xabL\x01", "\xabL\x02\x00"} {
				_, _ = stray.WriteTo([]byte(data), m.Addr())
			}
			_ = m.Send(m.Addr(), "real", nil, nil)
			if got, err := m.Receive(env.Now().Add(time.Second)); got.Type != "real" || err != nil {
				t.Errorf("got %+v, %v", got, err)
			}
			if _, err := m.Receive(env.Now().Add(time.Second)); !errors.Is(err, sdk.ErrTimeout) {
				t.Errorf("got %v, want ErrTimeout", err)
			}
		})
	})
}

func TestWhatCannotBeSentIsAnError(t *testing.T) {
	sdktest.NewBench(t, idle, 1).Do(func(env sdk.Env) {
		withMessages(t, env, 7, func(m *sdk.Messages) {
			if err := m.Send("bench:7", "x", nil, make([]byte, sdk.MaxDatagram)); !errors.Is(err, sdk.ErrTooLarge) {
				t.Errorf("got %v, want ErrTooLarge", err)
			}
			if err := m.Send("nobody:7", "x", nil, nil); !errors.Is(err, sdk.ErrNoNode) {
				t.Errorf("got %v, want ErrNoNode", err)
			}
			err := m.Send("bench:7", "x", sdk.Fields{{Name: "c", Value: make(chan int)}}, nil)
			if err == nil || !strings.Contains(err.Error(), "message to bench:7: field c: a chan int cannot travel") {
				t.Errorf("got %v", err)
			}
		})
		m, err := sdk.OpenMessages(env, 7)
		if err != nil {
			t.Error(err)
			return
		}
		env.Go(func() { _ = m.Close() })
		if _, err := m.Receive(time.Time{}); !errors.Is(err, sdk.ErrClosed) {
			t.Errorf("got %v, want ErrClosed", err)
		}
	})
}
