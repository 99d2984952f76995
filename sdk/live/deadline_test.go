package live_test

import (
	"errors"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

func TestTheDeadlinesOfSocketsFollowTheSpeedAndNoOffset(t *testing.T) {
	h := newHost(t, "n1", "n2")
	n1 := h.node("n1")
	conn, _ := connect(t, n1, h.node("n2"))
	socket, err := n1.ListenPacket(0)
	ok(t, err)
	for name, s := range map[string]struct {
		set  func(time.Time) error
		wait func() error
	}{
		"read": {conn.SetReadDeadline, func() error { _, err := conn.Read(make([]byte, 1)); return err }},
		"both": {conn.SetDeadline, func() error { _, err := conn.Read(make([]byte, 1)); return err }},
		"write": {conn.SetWriteDeadline, func() (err error) {
			for err == nil {
				_, err = conn.Write(make([]byte, 1<<20)) // the peer reads nothing
			}
			return err
		}},
		"datagram": {socket.SetReadDeadline, func() error { _, _, err := socket.ReadFrom(make([]byte, 1)); return err }},
	} {
		t.Run(name, func(t *testing.T) {
			n1.SetClock(0.01, 0)
			ok(t, s.set(n1.Now().Add(10*time.Second)))
			n1.SetClock(0.01, time.Hour)
			fast := time.Now()
			n1.SetClock(100, time.Hour)
			if err := s.wait(); !errors.Is(err, sdk.ErrTimeout) {
				t.Errorf("got %v, want a timeout", err)
			}
			if took := time.Since(fast); took < 90*time.Millisecond {
				t.Errorf("the 10s that were left passed in %v at speed 100, want 100ms", took)
			}
			ok(t, s.set(time.Time{}))
		})
	}
}

func TestADeadlineThatWasReadBeforeTheClockIsMovedStays(t *testing.T) {
	h := newHost(t, "n1", "n2")
	n1 := h.node("n1")
	conn, _ := connect(t, n1, h.node("n2"))
	for _, offset := range []time.Duration{time.Hour, -time.Hour, 0} {
		began, deadline := time.Now(), n1.Now().Add(50*time.Millisecond)
		n1.SetClock(1, offset)
		ok(t, conn.SetReadDeadline(deadline))
		_, err := conn.Read(make([]byte, 1))
		wantErr(t, "read", err, sdk.ErrTimeout)
		if took := time.Since(began); took < 49*time.Millisecond || took > time.Minute {
			t.Errorf("offset %v: 50ms took %v", offset, took)
		}
	}
}

func TestADialGivesUpByTheNodesClock(t *testing.T) {
	h := newHost(t, "n1", "n2")
	h.silent.Store(true)
	n1 := h.node("n1")
	n1.SetClock(100, 0)
	began := time.Now()
	_, err := n1.DialTimeout("n2:80", 10*time.Second)
	wantErr(t, "dial", err, sdk.ErrTimeout)
	if took := time.Since(began); took < 100*time.Millisecond || took > 5*time.Second {
		t.Errorf("10s at speed 100 took %v, want 100ms", took)
	}
}
