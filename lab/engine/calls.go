package engine

import (
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/sdk/wire"
)

// calls are those of one run. IDs count from 1, so a slice serves as the map.
type calls struct {
	made    []madeCall
	pending []ID           // those that wait for the next Run
	kept    int            // bytes of the answers that are kept, see Account
	decoded map[string]any // values of replies, by their form on the wire: a script that polls gets the same ones often
}

// What calls keeps of decoded values: so many, and none that is larger on the wire.
const (
	maxDecoded     = 256
	maxDecodedSize = 1 << 10
)

type madeCall struct {
	Call
	begun  time.Duration
	over   bool   // it has been answered
	answer answer // sim only
}

func (c *calls) add(call Call, now time.Duration) ID {
	id := c.note(call, now)
	c.pending = append(c.pending, id)
	return id
}

// note numbers a call that need not be sent.
func (c *calls) note(call Call, now time.Duration) ID {
	c.made = append(c.made, madeCall{Call: call, begun: now})
	return ID(len(c.made))
}

func (c *calls) get(id ID) *madeCall { return &c.made[id-1] }

// refuse answers the pending calls that cannot be made, and keeps the others.
func (c *calls) refuse(t *topology, now time.Duration) []Reply {
	var replies []Reply
	kept := c.pending[:0]
	for _, id := range c.pending {
		if why := t.refuse(c.get(id).Call); why != "" {
			replies = append(replies, c.ended(Reply{Call: id, Status: Failed, Error: why, At: now}))
			continue
		}
		kept = append(kept, id)
	}
	c.pending = kept
	return replies
}

// ended fills in how long the call took, and lets go of its arguments.
func (c *calls) ended(r Reply) Reply {
	made := c.get(r.Call)
	r.Took = max(0, r.At-made.begun)
	made.Args, made.over = nil, true
	return r
}

// reply turns a plugin's answer into ours. at is when it came, since the run began.
func (c *calls) reply(r *wire.Reply, at time.Duration) (Reply, error) {
	id := ID(r.GetCall())
	if id < 1 || int(id) > len(c.made) {
		return Reply{}, notMade(id)
	}
	if c.get(id).over {
		return Reply{}, repeated(id)
	}
	return c.ending(id, r, at)
}

// ending is the end of the call with that number, as the plugin tells it.
func (c *calls) ending(id ID, r *wire.Reply, at time.Duration) (Reply, error) {
	out := Reply{Call: id, Error: clip(r.GetError(), maxTold), At: at}
	switch r.GetStatus() {
	case wire.Reply_OK:
	case wire.Reply_FAILED:
		out.Status = Failed
	case wire.Reply_MISUSE:
		out.Status = Misuse
	default:
		out.Status = Unknown
	}
	if r.GetValue() != nil {
		var err error
		if out.Value, err = c.decode(r.GetValue()); err != nil {
			return Reply{}, fmt.Errorf("the reply to call %d: %w", id, err)
		}
	}
	if len(r.GetSeries()) > 0 {
		var err error
		if out.Series, err = wire.DecodeValue(r.GetSeries()); err != nil {
			return Reply{}, fmt.Errorf("the series of call %d: %w", id, err)
		}
	}
	return c.ended(out), nil
}

// decode decodes a value, or returns what it decoded from the same bytes before: nobody changes values.
func (c *calls) decode(data []byte) (any, error) {
	if value, ok := c.decoded[string(data)]; ok {
		return value, nil
	}
	value, err := wire.DecodeValue(data)
	if err != nil || len(data) > maxDecodedSize {
		return value, err
	}
	if c.decoded == nil || len(c.decoded) == maxDecoded {
		c.decoded = map[string]any{}
	}
	c.decoded[string(data)] = value
	return value, nil
}

// write puts a call into its form on the wire.
func (c *calls) write(id ID, out *wire.Call) {
	call := c.get(id)
	out.Id = int64(id)
	out.Node = call.Node
	out.Object = call.Object.ID
	out.Incarnation = int64(call.Object.Incarnation)
	out.Method = call.Method
	out.Arguments = nil
	if len(call.Args) > 0 {
		out.Arguments = wire.ToFields(call.Args)
	}
	out.Timeout, out.Given = int64(call.Timeout), call.Given
}
