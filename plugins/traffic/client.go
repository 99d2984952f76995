package traffic

import (
	"sync"

	"github.com/netlab-dev/netlab/sdk"
)

// client does nothing by itself: its methods are all there is.
type client struct {
	mu   sync.Mutex
	seed uint64 // of what requests draw, 0 until the first drive that needs it
}

// Run returns at once, which leaves the node up.
func (*client) Run(sdk.Env) error { return nil }

// dice is the seed of what the requests of drives draw: the same one for all drives of the client, so that these can be
// compared.
func (c *client) dice(env sdk.Env) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.seed == 0 {
		c.seed = env.Rand().Uint64()
	}
	return c.seed
}

type dialArgs struct {
	Addr sdk.Addr `lab:"addr,doc=a node with a main address, or node:port"`
}

func (*client) dial(env sdk.Env, args dialArgs) (*conn, error) {
	if _, _, err := args.Addr.Split(); err != nil {
		return nil, sdk.Misuse("", err)
	}
	deadline := sdk.Deadline(env)
	stream, err := dialBy(env, args.Addr, deadline)
	if err != nil {
		return nil, reason(err)
	}
	if !deadline.IsZero() && sdk.Left(env, deadline) <= 0 { // the script has given up, so nobody else would close it
		_ = stream.Close()
		return nil, errTimedOut
	}
	return &conn{stream: stream, inbox: newInbox(env)}, nil
}

type socketArgs struct {
	Port int `lab:"port,default=0,min=0,max=65535,doc=UDP port; 0 takes a free one"`
}

func (*client) socket(env sdk.Env, args socketArgs) (*socket, error) {
	packets, err := env.ListenPacket(args.Port)
	if err != nil {
		return nil, reason(err)
	}
	return &socket{packets: packets, inbox: newInbox(env)}, nil
}
