package engine

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/netlab-dev/netlab/lab/host"
)

// TestANodeStartsAgainOnlyWhenItsProcessIsOver is about a node that has failed: its failure is told while its process is
// being killed, and whoever restarts it then must not lose the new ports to the end of the old process.
func TestANodeStartsAgainOnlyWhenItsProcessIsOver(t *testing.T) {
	h, err := host.New(host.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(); err != nil { // it refuses to start anything, which is as far as this test goes
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		launched := false
		before := &liveNode{name: "n1", over: make(chan struct{})}
		l := &live{
			host: h, plugin: func(string) *host.Plugin { launched = true; return &host.Plugin{} },
			nodes: map[string]*liveNode{"n1": before},
		}
		started := make(chan error)
		go func() { started <- l.start([]step{{verb: startNode, node: node{name: "n1"}}}) }()
		synctest.Wait()
		if launched {
			t.Error("started before the end of the process before")
		}
		close(before.over)
		if err := <-started; !launched || !errors.Is(err, host.ErrClosed) {
			t.Errorf("launched: %v, %v; want the refusal of a host that is closed", launched, err)
		}
	})
}
