package network

import (
	"testing"

	"github.com/netlab-dev/netlab/sdk/link"
)

func TestRunUntilNeverEndsWhenNothingIsLeft(t *testing.T) {
	l := both(t, link.Profile{})
	boxes := l.datagrams(3)
	l.Run(Never)
	if n := l.arrived(boxes); n != 3 {
		t.Errorf("%d of 3 datagrams have arrived", n)
	}
}

func TestOnlyTheFirstOfWhatArrivesInOrderIsAmongTheEvents(t *testing.T) {
	l := both(t, link.Profile{Latency: link.NewFixed(ms)})
	boxes := l.datagrams(1000)
	if n := len(l.events); n != 1 {
		t.Errorf("%d events for 1000 datagrams under way, want 1", n)
	}
	l.there().SetProfile(link.Profile{}) // the next one overtakes them
	boxes = append(boxes, l.datagrams(1)...)
	if n := len(l.events); n != 2 {
		t.Errorf("%d events with one that overtakes, want 2", n)
	}
	l.Run(Never)
	if first, last := boxes[1000].at[0], boxes[999].at[0]; first >= ms || last != ms || l.arrived(boxes) != len(boxes) {
		t.Errorf("%d arrive, the one that overtakes at %v, the last at %v", l.arrived(boxes), first, last)
	}
}
