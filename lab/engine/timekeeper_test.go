package engine_test

import (
	"errors"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/sdk"
)

// timekeeper is a component that shows its clock, sends messages, and takes a new greeting while it runs.
type timekeeper struct {
	Greeting string `lab:"greeting,default=hello,live"`
	Floor    int    `lab:"floor,default=1"`

	messages *sdk.Messages

	mu       sync.Mutex
	greeting string
}

const timekeeperPort = 7000

func timekeeperKind() sdk.Kind {
	return sdk.Kind{
		Name: "timekeeper", Doc: "shows its clock and sends messages", New: func() sdk.Component { return &timekeeper{} },
		Methods: []sdk.Method{
			sdk.Func("show", "the node's clock, since the epoch", (*timekeeper).show),
			sdk.Func("elapsed", "the time since its incarnation began", (*timekeeper).elapsed),
			sdk.Func("say", "sends messages", (*timekeeper).say),
			sdk.Func("mutter", "sends a datagram that is no message", (*timekeeper).mutter),
			sdk.Func("greet", "the greeting in force", (*timekeeper).greet),
			sdk.Func("stray", "sends a message with a field that is not in the list", (*timekeeper).stray),
		},
		Messages: []sdk.MessageType{{Name: "vote", Fields: heading{}}, {Name: "append", Fields: heading{}}},
	}
}

func (d *timekeeper) Run(e sdk.Env) error {
	d.mu.Lock()
	d.greeting = d.Greeting
	d.mu.Unlock()
	var err error
	if d.messages, err = sdk.OpenMessages(e, timekeeperPort); err != nil {
		return err
	}
	for {
		if _, err := d.messages.Receive(time.Time{}); err != nil {
			return err
		}
	}
}

// Configure takes over the greeting, unless it is empty.
func (d *timekeeper) Configure(_ sdk.Env, next sdk.Component) error {
	greeting := next.(*timekeeper).Greeting
	if greeting == "" {
		return errors.New("nothing to say")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.greeting = greeting
	return nil
}

func (d *timekeeper) greet(sdk.Env) (string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.greeting, nil
}

func (d *timekeeper) show(e sdk.Env) (time.Duration, error) { return e.Now().Sub(sdk.Epoch), nil }

func (d *timekeeper) elapsed(e sdk.Env) (time.Duration, error) { return e.Elapsed(), nil }

type sayArgs struct {
	To    sdk.Addr `lab:"to"`
	Type  string   `lab:"type"`
	Term  int      `lab:"term,default=0"`
	Times int      `lab:"times,default=1"`
}

// heading are the fields of a timekeeper's messages.
type heading struct {
	Term  int
	Votes []string
}

func (d *timekeeper) stray(_ sdk.Env, a sayArgs) error {
	return d.messages.Send(a.To, a.Type, sdk.Fields{{Name: "term", Value: a.Term}, {Name: "trem", Value: 1}}, nil)
}

func (d *timekeeper) say(_ sdk.Env, a sayArgs) error {
	for range a.Times {
		fields := sdk.Fields{{Name: "term", Value: a.Term}, {Name: "votes", Value: []any{"n1", 2}}}
		if err := d.messages.Send(a.To, a.Type, fields, []byte("payload")); err != nil {
			return err
		}
	}
	return nil
}

func (d *timekeeper) mutter(e sdk.Env, a sayArgs) error {
	socket, err := e.ListenPacket(0)
	if err != nil {
		return err
	}
	_, err = socket.WriteTo([]byte("\xabL\x01 but no message"), a.To)
	return errors.Join(err, socket.Close())
}
