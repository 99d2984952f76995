package engine

import (
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// sample adds the value of a field to the node's lane.
func (r *recorder) sample(node string, at time.Duration, s *wire.Sample) error {
	if s.GetWhy() != "" {
		r.lanes.Refuse(fmt.Sprintf("%s of %s was not drawn at t=%s: %s", clip(s.GetName(), maxNameSize), node, value.Short(at), clip(s.GetWhy(), maxTold)))
		return nil
	}
	v, err := wire.FromValue(s.GetValue())
	if err != nil {
		return fmt.Errorf("a sample of %s: %w", clip(s.GetName(), maxNameSize), err)
	}
	switch text := v.(type) {
	case nil, bool, int64, float64, time.Duration, link.Rate:
	case string:
		v = clip(text, maxNameSize)
	default:
		return fmt.Errorf("a sample of %s is a %T: want a number, a text or a truth value", clip(s.GetName(), maxNameSize), v)
	}
	r.lanes.Add(trace.LaneID{Node: node, Name: clip(s.GetName(), maxNameSize), Of: clip(s.GetOf(), maxNameSize)}, at, v)
	return nil
}
