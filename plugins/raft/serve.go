package raft

import (
	"errors"

	"github.com/netlab-dev/netlab/plugins/raft/core"
	"github.com/netlab-dev/netlab/plugins/raft/kv"
	"github.com/netlab-dev/netlab/sdk"
)

// requests are what a node remembers of the requests that it has taken.
type requests struct {
	waiting   map[origin]bool   // in the log, with an open fate: those of the latest leadership
	away      map[origin]string // turned away in it, with what status: no copy is taken
	term      uint64            // of that leadership
	forgotten uint64            // up to this term the node may have taken what it remembers nothing of
}

// lead begins a leadership. What the node took in an earlier one may wait for long, at indexes that the log no longer
// reaches: it must not stand in the way.
func (r *requests) lead(term uint64) {
	if term == r.term {
		return
	}
	if len(r.waiting) > 0 {
		r.forgotten = max(r.forgotten, r.term)
	}
	r.term, r.waiting, r.away = term, map[origin]bool{}, map[origin]string{}
}

// turnAway reports whether the client can be told: only if the request is remembered, so that no copy that the network
// still carries is taken later.
func (r *requests) turnAway(o origin, status string) bool {
	if len(r.away) >= maxTurnedAway {
		return false
	}
	r.away[o] = status
	return true
}

// receiveRequest posts what a client asks, if it can be understood.
func (n *node) receiveRequest(wire sdk.Message) {
	q, err := decodeRequest(wire)
	if err != nil {
		n.refusals.Tell("damaged request", "from", string(wire.From), "error", err)
		return
	}
	if !n.raft.post(n.inbox, event{request: q}, maxQueued) { // its turn comes all the same: it may be a copy of what waits
		q.command = kv.Command{Session: q.command.Session, Sequence: q.command.Sequence}
		n.raft.post(n.inbox, event{request: q, full: true}, maxQueued+maxTurnedAway)
	}
}

// admit answers a request at once, passes over it, or returns it as a proposal to the core. What waits in the log
// already is not taken again: a copy's fate would say nothing of the first one's.
func (n *node) admit(q *request, full bool) (offer event, admitted bool) {
	switch {
	case q.stale && full:
		n.answer(q, response{status: statusBusy})
		return event{}, false
	case q.stale:
		n.answer(q, response{status: statusDone, result: kv.Result{Value: n.raft.held(q.command.Key)}})
		return event{}, false
	}
	status := n.core.Status()
	leads := status.Role == core.Leader && status.Term == q.term
	if leads {
		n.requests.lead(q.term)
	}
	known, isKnown := n.known(q.command)
	waits, away := n.requests.waiting[q.origin], n.requests.away[q.origin]
	switch {
	case isKnown && known.Status != kv.Expired:
		n.answer(q, response{status: statusDone, result: known})
	case !leads && !waits && !isKnown && n.hasLed(q.term, status):
		n.answer(q, response{status: statusRefused})
	case !leads:
		n.answer(q, response{status: statusElsewhere})
	case full && away == "" && !waits:
		n.refuse(q, statusBusy)
	case away != "":
		n.answer(q, response{status: away})
	case !waits:
		n.requests.waiting[q.origin] = true
		return proposal(q.command.Encode(), func(p proposed) { n.finish(q, p) }), true
	}
	return event{}, false
}

// hasLed reports whether a leadership in the term, which a client has been told of, is over, and whether the node
// remembers all that it has taken in it: a restart forgets.
func (n *node) hasLed(term uint64, now core.Status) bool {
	over := now.Term > term || now.Term == term && now.Role != core.Leader && now.Role != core.Candidate
	return over && term > n.requests.forgotten
}

// known returns the result of a command that would not be applied any more. Expired says nothing of the log's end: the
// entry that opens the session may still have to be applied here.
func (n *node) known(c kv.Command) (kv.Result, bool) {
	if c.Session == 0 {
		return kv.Result{}, false
	}
	n.raft.mu.Lock()
	defer n.raft.mu.Unlock()
	return n.raft.store.Known(c.Session, c.Sequence)
}

// finish answers a request whose fate is certain.
func (n *node) finish(q *request, p proposed) {
	if q.term == n.requests.term {
		delete(n.requests.waiting, q.origin)
	}
	status := statusRefused
	var large core.LargeError
	switch {
	case p.outcome == core.Committed:
		status = statusDone
	case p.outcome == core.Lost:
		status = statusLost
	case errors.As(p.err, &large):
		status = statusLarge
	case errors.Is(p.err, core.ErrBusy):
		status = statusBusy
	}
	if status == statusLarge || status == statusBusy {
		n.refuse(q, status)
		return
	}
	n.answer(q, response{status: status, result: p.result})
}

// refuse tells a client that its request was not taken, if no copy of it will be.
func (n *node) refuse(q *request, status string) {
	if n.requests.turnAway(q.origin, status) {
		n.answer(q, response{status: status})
	}
}

// answer sends a response, with what the node knows of who leads.
func (n *node) answer(q *request, a response) {
	s := n.core.Status()
	a.id, a.asked, a.leader, a.term = q.id, q.term, n.cluster.name(s.Leader), s.Term
	typ, fields, payload := a.encode()
	if err := n.messages.Send(q.client, typ, fields, payload); err != nil && !errors.Is(err, sdk.ErrStopped) {
		n.refusals.Tell("reply not sent", "to", string(q.client), "error", err)
	}
}
