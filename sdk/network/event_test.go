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
