package traffic

import (
	"errors"

	"github.com/netlab-dev/netlab/sdk"
)

// client does nothing by itself: its methods are all there is.
type client struct{}

// Run returns at once, which leaves the node up.
func (client) Run(sdk.Env) error { return nil }

type dialArgs struct {
	Addr sdk.Addr `lab:"addr,doc=a node with a main address, or node:port"`
}

func (client) dial(env sdk.Env, args dialArgs) (*conn, error) {
	if _, _, err := args.Addr.Split(); err != nil {
		return nil, err
	}
	stream, err := env.Dial(string(args.Addr))
	if err != nil {
		return nil, reason(err)
	}
	return &conn{stream: stream, inbox: newInbox(env)}, nil
}

type socketArgs struct {
	Port int `lab:"port,default=0,doc=UDP port; 0 takes a free one"`
}

func (client) socket(env sdk.Env, args socketArgs) (*socket, error) {
	packets, err := env.ListenPacket(args.Port)
	if err != nil {
		return nil, reason(err)
	}
	return &socket{packets: packets, inbox: newInbox(env)}, nil
}

// reason reduces an error of the environment to what a script wants to know and may compare: the same few words in both
// engines, without addresses.
func reason(err error) error {
	for _, known := range []error{
		sdk.ErrRefused, sdk.ErrReset, sdk.ErrNoNode, sdk.ErrInUse, sdk.ErrTooLarge, sdk.ErrStopped,
	} {
		if errors.Is(err, known) {
			return known
		}
	}
	switch {
	case errors.Is(err, sdk.ErrTimeout):
		return errTimedOut
	case errors.Is(err, sdk.ErrClosed):
		return errClosed
	}
	return err
}

// Reasons that the environment words for programmers.
var (
	errTimedOut = errors.New("timed out")
	errClosed   = errors.New("closed")
)
