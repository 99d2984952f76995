package trace

import (
	"time"

	"github.com/netlab-dev/netlab/sdk/value"
)

// Filter selects events. Zero fields select everything.
type Filter struct {
	Name   string
	Node   string
	Since  time.Duration
	Fields value.Fields // every one must be there with an equal value
	// All includes the lab's own events (faults, calls, connections); otherwise only those of components count.
	All bool
}

// Match reports whether the event is selected.
func (f Filter) Match(e value.Event) bool {
	if f.Name != "" && e.Name != f.Name || f.Node != "" && e.Node != f.Node || e.At < f.Since {
		return false
	}
	if !f.All && e.Class != value.ClassComponent {
		return false
	}
	for _, want := range f.Fields {
		if got, ok := e.Lookup(want.Name); !ok || !value.Equal(got, want.Value) {
			return false
		}
	}
	return true
}
