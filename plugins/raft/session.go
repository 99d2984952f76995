package raft

import (
	"fmt"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/plugins/raft/kv"
	"github.com/netlab-dev/netlab/sdk"
)

// session is the client's session in the store. The first change opens it; all changes share it. Each change names the
// oldest one that is still open; the store refuses older ones from then on.
type session struct {
	cond     sdk.Cond // guards what follows; signalled when an opening has ended
	changes  int      // under way, with or without a session
	opening  bool
	number   uint64 // 0 before it is opened
	sequence uint64 // of the latest command
	open     []uint64
}

// change sends a command in the session. A command that is refused as such has failed.
func (c *Client) change(env sdk.Env, command kv.Command) (kv.Result, error) {
	if err := command.Check(); err != nil {
		return kv.Result{}, err
	}
	giveUp, s := c.giveUp(env), c.useSession(env)
	if err := s.admit(); err != nil {
		return kv.Result{}, err
	}
	defer s.release()
	if err := c.number(env, s, &command, giveUp); err != nil {
		return kv.Result{}, err
	}
	result, sent, err := c.ask(env, request{command: command}, giveUp)
	gone := err == nil && (result.Status == kv.Expired || result.Status == kv.Superseded)
	s.end(command, gone)
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

// useSession returns the client's session, made by whoever comes first.
func (c *Client) useSession(env sdk.Env) *session {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session == nil {
		c.session = &session{cond: env.NewCond()}
	}
	return c.session
}

func (s *session) admit() error {
	s.cond.Lock()
	defer s.cond.Unlock()
	if s.changes >= kv.MaxResults {
		return fmt.Errorf("busy: %d changes are under way, at most %d", s.changes, kv.MaxResults)
	}
	s.changes++
	return nil
}

func (s *session) release() {
	s.cond.Lock()
	defer s.cond.Unlock()
	s.changes--
}

// number gives a command its place in the session, which it opens if nobody else does. An error means that nothing has
// been changed.
func (c *Client) number(env sdk.Env, s *session, command *kv.Command, giveUp time.Duration) error {
	s.cond.Lock()
	defer s.cond.Unlock()
	for s.number == 0 {
		if s.opening {
			if err := s.cond.Wait(env.Now().Add(giveUp - env.Elapsed())); err != nil {
				return fmt.Errorf("opening a session: %w", err)
			}
			continue
		}
		if err := c.openSession(env, s, giveUp); err != nil {
			return fmt.Errorf("opening a session: %w", err)
		}
	}
	s.sequence++
	s.open = append(s.open, s.sequence)
	command.Session, command.Sequence, command.Oldest = s.number, s.sequence, s.open[0]
	return nil
}

// openSession is called with the lock, which it does not hold while it asks.
func (c *Client) openSession(env sdk.Env, s *session, giveUp time.Duration) error {
	s.opening = true
	s.cond.Unlock()
	result, _, err := c.ask(env, request{command: kv.Command{Op: kv.Open}}, giveUp)
	s.cond.Lock()
	s.opening = false
	s.cond.Broadcast()
	switch {
	case err != nil:
		return err
	case result.Err() != nil:
		return result.Err()
	}
	s.number, s.sequence, s.open = result.Session, 0, nil
	return nil
}

// end takes note that a command is over. When its session is gone, the next change opens another.
func (s *session) end(command kv.Command, gone bool) {
	s.cond.Lock()
	defer s.cond.Unlock()
	if s.number != command.Session {
		return
	}
	s.open = slices.DeleteFunc(s.open, func(sequence uint64) bool { return sequence == command.Sequence })
	if gone {
		s.number = 0
	}
}
