package raft

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/sim"
)

// Without a session nothing can have been changed, and a get changes nothing: both fail.
func TestWithoutServersAllFails(t *testing.T) {
	w := newWorld(t, 0, sim.Config{Seed: 7}, nil)
	w.names = []string{"n1", "n2"}
	if _, err := w.Add("n1", nil); err != nil {
		t.Fatal(err)
	}
	c := w.client("c1")
	c.patience = time.Second
	put := func(e sdk.Env) (bool, error) { return true, c.put(e, PutArgs{Key: "x", Value: "a"}) }
	get := func(e sdk.Env) (Held, error) { return c.get(e, ReadArgs{Key: "x", Mode: modeLog}) }
	want := "none of 2 servers answered within 1s"
	if _, err := finish(w, operate(w, "c1", get)); err == nil || isUnknown(err) || err.Error() != want {
		t.Errorf("get: %v, want %s", err, want)
	}
	want = "opening a session: " + want
	if _, err := finish(w, operate(w, "c1", put)); err == nil || isUnknown(err) || err.Error() != want {
		t.Errorf("put: %v, want %s", err, want)
	}
	if c.session.changes != 0 || c.session.opening || len(c.waiting) != 0 {
		t.Errorf("%+v and %d operations are left", c.session, len(c.waiting))
	}
}

func TestAClientIsToldWhatIsWrongWithItsServers(t *testing.T) {
	for want, c := range map[string]*Client{
		"servers is empty: it needs at least one address": {Retry: time.Second},
		`servers: address "n1": want node:port`: {
			Retry: time.Second, Servers: []sdk.Addr{"n1"},
		},
		"retry is 0s, want at least 1ms": {Servers: []sdk.Addr{"n1:1"}},
	} {
		if err := c.Validate(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
