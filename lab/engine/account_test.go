package engine

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/value"
)

// What is told of two runs of one seed must show two things.
func TestPartingNeverShowsOneThingTwice(t *testing.T) {
	object := value.Object{Node: "driven", ID: 1, Type: "driven"}
	account := func(begun, at time.Duration, sum uint64) *Account {
		call := madeCall{Call: Call{Node: "client", Method: "drive"}, begun: begun, answer: answer{at: at, sum: sum, value: object}}
		return &Account{calls: []madeCall{call}, digests: []uint64{1}}
	}
	first := account(1, 5, 7)
	for name, second := range map[string]*Account{
		"the instant of the answer": account(1, 6, 7), "the instant of the call": account(2, 5, 7), "a field": account(1, 5, 8),
	} {
		if p := first.Parting(second); p == nil || p.First == p.Second {
			t.Errorf("%s: got %+v, want what differs", name, p)
		}
	}
}
