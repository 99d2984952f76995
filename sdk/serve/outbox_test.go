package serve

import (
	"strings"
	"testing"

	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

func TestLargeReportsDoNotTravelTogether(t *testing.T) {
	o := newOutbox()
	event := wire.ToEvent(value.Event{Name: "e", Fields: value.Fields{{Name: "f", Value: strings.Repeat("x", 1<<20)}}})
	for _, r := range []*wire.Report{
		{Of: &wire.Report_Event{Event: event}},
		{Of: &wire.Report_Reply{Reply: &wire.Reply{Value: make([]byte, 2<<20)}}},
		{Of: &wire.Report_Progress{Progress: &wire.Progress{
			Events: []*wire.Event{event}, Replies: []*wire.Reply{{Value: make([]byte, 1<<20)}},
			Previews: []*wire.Reply{{Value: make([]byte, 1<<20)}},
		}}},
		{Of: &wire.Report_Reply{Reply: &wire.Reply{Value: make([]byte, 60<<20)}}},
		{Of: &wire.Report_Ready{Ready: &wire.Ready{}}},
	} {
		o.put(1, r)
	}
	for _, want := range []int{2, 1, 1, 1} {
		if got := len(o.take(nil)); got != want {
			t.Errorf("%d reports in a message, want %d", got, want)
		}
	}
}
