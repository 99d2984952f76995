package raft

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/plugins/raft/kv"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/value"
)

// What an operation leaves of its caller's time, so that its own answer is there before the caller has gone: a share,
// or less.
const (
	graceShare = 10
	graceMost  = 20 * time.Millisecond
)

// giveUp is when an operation that begins now ends without an answer, in Env.Elapsed.
func (c *Client) giveUp(env sdk.Env) time.Duration {
	deadline := sdk.Deadline(env)
	if deadline.IsZero() {
		return env.Elapsed() + c.patience
	}
	left := sdk.Left(env, deadline)
	return env.Elapsed() + left - min(left/graceShare, graceMost)
}

// operation is one request on its way to an answer, in as many messages as that takes.
type operation struct {
	request
	client   *Client
	env      sdk.Env
	messages *sdk.Messages
	box      *sdk.Mailbox[response]
	giveUp   time.Duration
	open     []uint64  // terms in which the request may have been taken, or still may be
	latest   *response // of those that did not help
}

// ask sends a request until a server answers it. After an error, sent says whether the request may have been carried
// out, or still may be.
func (c *Client) ask(env sdk.Env, q request, giveUp time.Duration) (result kv.Result, sent bool, err error) {
	op := operation{request: q, client: c, env: env, box: sdk.NewMailbox[response](env), giveUp: giveUp}
	op.id = env.Rand().Uint64() >> 2 // below limit
	if op.messages = c.expect(op.id, op.box); op.messages == nil {
		return kv.Result{}, false, errors.New("the client is starting")
	}
	defer c.expect(op.id, nil)
	began := env.Elapsed()
	for env.Elapsed() < giveUp {
		done, err := op.attempt()
		switch {
		case err != nil:
			return kv.Result{}, len(op.open) > 0, err
		case done != nil:
			return done.result, true, nil
		}
	}
	return kv.Result{}, len(op.open) > 0, op.inVain((giveUp - began).Round(time.Millisecond))
}

// attempt sends the request to one server, and returns what it answers; nil when another attempt is due.
func (op *operation) attempt() (*response, error) {
	target, term := op.client.target(op.stale)
	op.term = term
	typ, fields, payload := op.encode()
	wait := op.client.Retry
	switch err := op.messages.Send(target, typ, fields, payload); {
	case errors.Is(err, sdk.ErrStopped):
		return nil, err
	case err != nil: // it has not left
		wait /= retryShare
	case term > 0 && !slices.Contains(op.open, term):
		op.open = append(op.open, term)
	}
	return op.listen(wait)
}

// final are the statuses after which it makes no sense to ask again.
var final = map[string]error{
	statusBusy:  errors.New("busy: the leader has max_uncommitted entries that are not committed, or no room for more messages"),
	statusLarge: errors.New("the command is too large to be sent to a quorum"),
}

// retryShare is which part of the pause between two servers is left once a server has answered that it cannot help.
const retryShare = 4

func (op *operation) listen(wait time.Duration) (*response, error) {
	until := op.env.Elapsed() + wait
	for {
		left := min(until, op.giveUp) - op.env.Elapsed()
		answer, err := op.box.Recv(op.env.Now().Add(left))
		switch {
		case errors.Is(err, sdk.ErrTimeout):
			op.client.doubt(op.term)
			return nil, nil
		case err != nil:
			return nil, err
		case answer.status == statusDone:
			return &answer, nil
		}
		op.latest = &answer
		if answer.status != statusElsewhere {
			op.open = slices.DeleteFunc(op.open, func(term uint64) bool { return term == answer.asked })
		}
		if err := final[answer.status]; err != nil && len(op.open) == 0 {
			return nil, err
		}
		if leads := op.client.learn(answer); leads > 0 && leads != op.term {
			return nil, nil // somebody else is to be asked, at once: terms only go up
		}
		if answer.asked == op.term {
			until = op.env.Elapsed() + op.client.Retry/retryShare
		}
	}
}

// inVain says what an operation has heard that ended without an answer.
func (op *operation) inVain(after time.Duration) error {
	waited := value.FormatDuration(after)
	switch last := op.latest; {
	case len(op.open) > 0:
		return fmt.Errorf("no answer within %s to a request that a server may have taken", waited)
	case last == nil:
		return fmt.Errorf("none of %d servers answered within %s", len(op.client.Servers), waited)
	case last.leader == "":
		return fmt.Errorf("no server took the request within %s; %s knows of no leader", waited, last.from)
	case op.client.server(last.leader) == "":
		return fmt.Errorf("no server took the request within %s; %s is the leader, says %s, and not among the servers",
			waited, last.leader, last.from)
	default:
		return fmt.Errorf("no server took the request within %s; %s is the leader, says %s",
			waited, last.leader, last.from)
	}
}

// expect has the answers with an id put into a box, or into none, and returns what to send with; nil before Run has
// begun.
func (c *Client) expect(id uint64, box *sdk.Mailbox[response]) *sdk.Messages {
	c.mu.Lock()
	defer c.mu.Unlock()
	if box == nil {
		delete(c.waiting, id)
	} else {
		c.waiting[id] = box
	}
	return c.messages
}

// target is whom to ask next: the leader with its term, if one is known and wanted, or else the servers in turn.
func (c *Client) target(anybody bool) (server sdk.Addr, term uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.leader != "" && !anybody {
		return c.leader, c.term
	}
	server = c.Servers[c.next%len(c.Servers)]
	c.next++
	return server, 0
}

// learn takes in what a server says of who leads, and returns the term whose leader is known now, 0 for none.
func (c *Client) learn(a response) (term uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a.term > c.term || a.asked == c.term {
		c.leader = "" // out of date, or it says so itself
	}
	c.term = max(c.term, a.term)
	if a.leader != "" && a.term == c.term {
		c.leader = c.server(a.leader)
	}
	if c.leader == "" {
		return 0
	}
	return c.term
}

// doubt has the servers asked in turn who leads, because the leader of a term did not answer.
func (c *Client) doubt(term uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.term == term {
		c.leader = ""
	}
}

// server is the address of a node of the cluster, "" when it is not among the servers.
func (c *Client) server(node string) sdk.Addr {
	for _, server := range c.Servers {
		if name, _, _ := server.Split(); name == node {
			return server
		}
	}
	return ""
}
