package raft

import (
	"errors"
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/plugins/raft/kv"
	"github.com/netlab-dev/netlab/sdk"
)

// maxOpen is how many sessions a client opens, and so how many changes it has under way at most: a cluster remembers
// kv.MaxSessions, of all its clients.
const maxOpen = 128

// session is one of the cluster's store, in the hands of one operation at a time. An operation that was given up is
// overtaken by the next one of its session: what may still be under way of it then has no effect any more.
type session struct {
	number   uint64
	sequence uint64 // of the latest command
}

// change sends a command in a session. A command that is refused as such has failed.
func (c *Client) change(env sdk.Env, command kv.Command) (kv.Result, error) {
	if err := command.Check(); err != nil {
		return kv.Result{}, err
	}
	giveUp := c.giveUp(env)
	s, err := c.takeSession(env, giveUp)
	if err != nil {
		return kv.Result{}, err
	}
	s.sequence++
	command.Session, command.Sequence = s.number, s.sequence
	result, sent, err := c.ask(env, request{command: command}, giveUp)
	gone := err == nil && (result.Status == kv.Expired || result.Status == kv.Superseded)
	c.giveBack(s, gone)
	switch {
	case err != nil && sent:
		return kv.Result{}, sdk.Unknown(err)
	case err != nil:
		return kv.Result{}, err
	case gone:
		return kv.Result{}, sdk.Unknown(result.Err()) // an earlier copy may have been applied
	}
	return result, result.Err()
}

// takeSession takes an idle session, or opens one. An error means that nothing has been changed.
func (c *Client) takeSession(env sdk.Env, giveUp time.Duration) (*session, error) {
	c.mu.Lock()
	if last := len(c.idle) - 1; last >= 0 {
		s := c.idle[last]
		c.idle = c.idle[:last]
		c.mu.Unlock()
		return s, nil
	}
	if c.sessions >= maxOpen {
		c.mu.Unlock()
		return nil, fmt.Errorf("%d changes are under way already", maxOpen)
	}
	c.sessions++
	c.mu.Unlock()
	result, _, err := c.ask(env, request{command: kv.Command{Op: kv.Open}}, giveUp)
	if err == nil && result.Session == 0 {
		err = errors.New("a server has answered without a session")
	}
	if err != nil {
		c.giveBack(nil, true)
		return nil, fmt.Errorf("opening a session: %w", err)
	}
	return &session{number: result.Session}, nil
}

func (c *Client) giveBack(s *session, gone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if gone {
		c.sessions--
		return
	}
	c.idle = append(c.idle, s)
}
