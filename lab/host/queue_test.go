package host

import (
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

func TestACommandIsNeverLargerThanItIsTakenFor(t *testing.T) {
	largest := func() *wire.Call {
		return &wire.Call{
			Id: -1, Node: "n1", Object: -1, Incarnation: -1, Method: "status", Timeout: -1,
		}
	}
	withArguments := largest()
	withArguments.Arguments = wire.ToFields(value.Fields{{Name: "text", Value: "a text of some length, as arguments have"}})
	start := &wire.Change{Of: &wire.Change_Start{Start: &wire.Start{Node: "n1", Kind: "raft", Peers: []string{"n2"}}}}
	for name, a := range map[string]*wire.Advance{
		"nothing":          {},
		"until":            {Until: -1, Meters: true},
		"a call":           {Calls: []*wire.Call{largest()}, Wake: []int64{-1}, Until: -1, Meters: true},
		"calls":            {Calls: []*wire.Call{largest(), largest(), largest()}, Wake: []int64{-1, -1, -1}, Until: -1},
		"calls ahead":      {Calls: []*wire.Call{largest()}, Preview: []*wire.Call{largest(), largest()}},
		"an event":         {WakeEvents: []*wire.EventWake{{Name: "became_leader", Node: "n1"}}},
		"an empty call":    {Calls: []*wire.Call{{}}},
		"call, arguments":  {Calls: []*wire.Call{largest(), withArguments}},
		"a change":         {Changes: []*wire.Change{start}},
		"a change, a call": {Changes: []*wire.Change{start}, Calls: []*wire.Call{largest()}},
	} {
		c := &wire.Command{World: 1 << 63, Of: &wire.Command_Advance{Advance: a}}
		if got, size := sizeOf(c), proto.Size(c); got < size || got > size+200 {
			t.Errorf("%s: taken for %d bytes, is %d", name, got, size)
		}
	}
	open := &wire.Command{World: 1, Of: &wire.Command_Open{Open: &wire.Open{Seed: 7}}}
	if got, size := sizeOf(open), proto.Size(open); got != size {
		t.Errorf("open: taken for %d bytes, is %d", got, size)
	}
}
