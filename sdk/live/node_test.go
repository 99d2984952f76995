package live_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/live"
	"github.com/netlab-dev/netlab/sdk/value"
)

func TestRandIsTheStreamOfTheIncarnation(t *testing.T) {
	for _, incarnation := range []int{0, 3} {
		n := live.New(live.Config{Node: "n1", Seed: 42, Incarnation: incarnation})
		want := rand.New(link.Source(42, fmt.Sprintf("node:n1#%d", incarnation)))
		for range 10 {
			if got, want := n.Rand().Uint64(), want.Uint64(); got != want {
				t.Fatalf("incarnation %d: got %d, want %d", incarnation, got, want)
			}
		}
	}
}

func TestRandDiskAndEmitMayBeUsedByAllTasks(t *testing.T) {
	const tasks, rounds = 8, 100
	emitted := 0
	var last time.Duration
	n := live.New(live.Config{Node: "n1", Directory: t.TempDir(),
		Emit: func(at time.Duration, _ string, _ value.Fields) { // unguarded: calls must come one at a time
			if at < last {
				t.Errorf("event at %v after one at %v", at, last)
			}
			last = at
			emitted++
		}})
	type Drawn struct{ Value int }
	var mu sync.Mutex
	drawn := map[uint64]bool{}
	for range tasks {
		n.Go(func() {
			for range rounds {
				v := n.Rand().Uint64()
				mu.Lock()
				drawn[v] = true
				mu.Unlock()
				n.Emit(Drawn{int(v >> 1)})
				f, err := n.Disk().Open("log")
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := f.WriteAt([]byte{1}, int64(v%1000)); err != nil {
					t.Error(err)
				}
				f.Close()
			}
		})
	}
	for done := false; !done; { // tasks end by themselves; a stop would cut them short
		mu.Lock()
		done = len(drawn) == tasks*rounds || t.Failed()
		mu.Unlock()
		ok(t, n.Sleep(time.Millisecond))
	}
	ok(t, n.Stop(grace))
	if len(drawn) != tasks*rounds {
		t.Errorf("%d different draws, want %d", len(drawn), tasks*rounds)
	}
	if emitted < (tasks-1)*rounds {
		t.Errorf("%d events, want about %d", emitted, tasks*rounds)
	}
}

func TestEmitDescribesTheEvent(t *testing.T) {
	type BecameLeader struct {
		Term int
		Who  string `lab:"id"`
	}
	type event struct {
		At     time.Duration
		Name   string
		Fields value.Fields
	}
	var got []event
	n := live.New(live.Config{Node: "n1", Emit: func(at time.Duration, name string, fields value.Fields) {
		got = append(got, event{at, name, fields})
	}})
	before := live.Monotonic()
	n.Emit(&BecameLeader{3, "x"})
	after := live.Monotonic()
	ok(t, n.Stop(grace))
	n.Emit(BecameLeader{4, "too late"})
	if len(got) != 1 || got[0].At < before || got[0].At > after {
		t.Fatalf("got %+v, want one event between %v and %v", got, before, after)
	}
	want := event{got[0].At, "became_leader", value.Fields{{Name: "term", Value: int64(3)}, {Name: "id", Value: "x"}}}
	if d := cmp.Diff(want, got[0]); d != "" {
		t.Error(d)
	}
}

func TestAnEventThatCannotTravelIsAPanic(t *testing.T) {
	err := newNode().Run(func(e sdk.Env) error { e.Emit(7); return nil })
	if err == nil || !strings.Contains(err.Error(), "event int: want a struct") {
		t.Errorf("got %v", err)
	}
}

func TestLogLinesLeaveNodeAndTimeToTheirTaker(t *testing.T) {
	var b bytes.Buffer
	n := live.New(live.Config{Node: "n1", Log: &b})
	n.Log().Debug("elected", "term", 3)
	if line := b.String(); line != "[DEBUG] elected: term=3\n" {
		t.Errorf("got %q", line)
	}
}

func TestPeersAreSortedAndTheCallersOwn(t *testing.T) {
	n := live.New(live.Config{Node: "n2", Peers: []string{"n3", "n1"}})
	n.Peers()[0] = "changed"
	if d := cmp.Diff([]string{"n1", "n3"}, n.Peers()); d != "" {
		t.Error(d)
	}
	wantText(t, "name", n.Node(), "n2")
}

func TestAFaceIsTheAddressWithAnotherThirdOctet(t *testing.T) {
	for _, each := range []struct{ node, face string }{
		{"127.77.0.1", "127.77.128.1"},
		{"127.77.127.255", "127.77.255.255"},
		{"::ffff:127.77.3.4", "127.77.131.4"},
		{"127.77.128.1", "127.77.128.1"}, // a face is no node
		{"10.0.0.1", "10.0.0.1"},
		{"::1", "::1"},
	} {
		node := netip.MustParseAddr(each.node)
		face := live.RelayAddr(node)
		wantText(t, "face of "+each.node, face.String(), each.face)
		if face != node {
			wantText(t, "owner of "+each.face, live.Owner(face).String(), node.Unmap().String())
		}
	}
	for _, own := range []string{"127.77.0.1", "10.0.200.1", "::1"} {
		wantText(t, "owner of "+own, live.Owner(netip.MustParseAddr(own)).String(), own)
	}
}
