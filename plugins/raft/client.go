package raft

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/plugins/raft/kv"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/refusals"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Client is the component of the kind raft-client. Its methods may be called by many tasks at once. Each change of the
// store has a number in the client's session (session.go), and is sent again until a server answers it or time is up
// (ask.go).
type Client struct {
	Servers []sdk.Addr    `lab:"servers,doc=the nodes of the cluster that this client knows"`
	Retry   time.Duration `lab:"retry,default=200ms,doc=how long it waits for one server before it asks the next"`

	patience time.Duration // with an operation whose caller would wait for ever

	mu       sync.Mutex // guards what follows; methods run beside Run
	messages *sdk.Messages
	waiting  map[uint64]*sdk.Mailbox[response] // by the id of the operation
	session  *session
	leader   sdk.Addr // of term, "" while unknown
	term     uint64   // the highest heard of
	next     int      // of Servers, to be asked when there is no leader to be asked
}

// ClientKind is the kind raft-client.
func ClientKind() sdk.Kind {
	return sdk.Kind{
		Name: "raft-client",
		Doc: "reads and changes the key-value store of a raft cluster over the network; a change happens at most once; " +
			"the limits are 128 changes of a client at once, and 1024 clients of a cluster; further changes fail as busy",
		New: func() sdk.Component { return newClient() },
		Methods: []sdk.Method{
			sdk.Func("get", "returns the value of a key; in mode stale, any server answers what it knows itself, and that may be old",
				(*Client).get).Operation(),
			sdk.Func("put", "sets a key to text or an integer", (*Client).put).Operation(),
			sdk.Func("cas", "sets a key to new if it holds old; None means that the key is absent", (*Client).cas).Operation(),
			sdk.Func("incr", "adds to a key that holds an integer; an absent key counts as 0", (*Client).incr).Operation(),
		},
		Messages: []sdk.MessageType{requestMessage},
	}
}

func newClient() *Client {
	return &Client{patience: 10 * time.Second, waiting: map[uint64]*sdk.Mailbox[response]{}}
}

// Run takes in what servers answer until the node stops.
func (c *Client) Run(env sdk.Env) error {
	messages, err := sdk.OpenMessages(env, 0)
	if err != nil {
		return fmt.Errorf("raft-client: %w", err)
	}
	c.mu.Lock()
	c.messages = messages
	c.mu.Unlock()
	refusals := refusals.New(env)
	for {
		wire, err := messages.Receive(time.Time{})
		if err != nil {
			return err
		}
		answer, err := decodeResponse(wire)
		if err != nil {
			refusals.Tell("damaged reply", "from", string(wire.From), "error", err)
			continue
		}
		c.mu.Lock()
		if box := c.waiting[answer.id]; box != nil { // or nobody waits any more
			box.Post(answer)
		}
		c.mu.Unlock()
	}
}

// Validate refuses servers that cannot be asked.
func (c *Client) Validate() error {
	if len(c.Servers) == 0 {
		return errors.New("servers is empty: it needs at least one address")
	}
	if c.Retry < time.Millisecond {
		return fmt.Errorf("retry is %s, want at least 1ms", value.FormatDuration(c.Retry))
	}
	for _, server := range c.Servers {
		if _, _, err := server.Split(); err != nil {
			return fmt.Errorf("servers: %w", err)
		}
	}
	return nil
}

func (c *Client) get(env sdk.Env, args ReadArgs) (Held, error) {
	command, err := args.command()
	if err != nil {
		return Held{}, err
	}
	result, _, err := c.ask(env, request{command: command, stale: args.Mode == modeStale}, c.giveUp(env))
	return Held{result.Value.Any()}, err // without an answer nothing was read, so nothing was done
}

// PutArgs are the arguments of the method put.
type PutArgs struct {
	Key   string `lab:"key"`
	Value any    `lab:"value,doc=text or an integer"`
}

func (c *Client) put(env sdk.Env, args PutArgs) error {
	value, err := kv.ValueOf(args.Value)
	if err != nil {
		return fmt.Errorf("value: %w", err)
	}
	_, err = c.change(env, kv.Command{Op: kv.Put, Key: args.Key, New: value})
	return err
}

// CasArgs are the arguments of the method cas.
type CasArgs struct {
	Key string `lab:"key"`
	Old any    `lab:"old,doc=what the key must hold; None for an absent key"`
	New any    `lab:"new,doc=text or an integer"`
}

// Swap is the answer of the method cas.
type Swap struct {
	Swapped bool `lab:"swapped,doc=the key held old, and now holds new"`
	Value   any  `lab:"value,doc=what the key holds now"`
}

func (c *Client) cas(env sdk.Env, args CasArgs) (Swap, error) {
	from, err := kv.ValueOf(args.Old)
	if err != nil {
		return Swap{}, fmt.Errorf("old: %w", err)
	}
	to, err := kv.ValueOf(args.New)
	if err != nil {
		return Swap{}, fmt.Errorf("new: %w", err)
	}
	result, err := c.change(env, kv.Command{Op: kv.Cas, Key: args.Key, Old: from, New: to})
	return Swap{result.Swapped, result.Value.Any()}, err
}

// IncrArgs are the arguments of the method incr.
type IncrArgs struct {
	Key string `lab:"key"`
	By  int64  `lab:"by,default=1,doc=may be negative"`
}

// Sum is the answer of the method incr.
type Sum struct {
	Value int64 `lab:"value,doc=what the key holds now"`
}

func (c *Client) incr(env sdk.Env, args IncrArgs) (Sum, error) {
	result, err := c.change(env, kv.Command{Op: kv.Incr, Key: args.Key, By: args.By})
	value, _ := result.Value.Any().(int64)
	return Sum{value}, err
}
