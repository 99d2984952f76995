package raft

import (
	"errors"
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/plugins/raft/core"
	"github.com/netlab-dev/netlab/plugins/raft/kv"
	"github.com/netlab-dev/netlab/sdk"
)

// Status is the answer of the method status.
type Status struct {
	Role    string `lab:"role,draw,doc=leader, follower or candidate"`
	Term    uint64 `lab:"term,draw"`
	Vote    string `lab:"vote,draw,doc=the node voted for in this term, empty for none"`
	Leader  string `lab:"leader,doc=the leader of this term, empty while unknown"`
	Commit  uint64 `lab:"commit,draw,doc=index up to which the log is committed, as far as this node knows"`
	Applied uint64 `lab:"applied,draw,doc=index up to which this node has applied the log"`
	Durable uint64 `lab:"durable,doc=index up to which the log is on this node's disk"`
	Last    uint64 `lab:"last,doc=index of the last entry in this node's log"`
	Peers   []Peer `lab:"peers,doc=what a leader knows of each other node"`
}

// Peer is what a leader knows of another node.
type Peer struct {
	Node     string `lab:"node"`
	Match    uint64 `lab:"match,doc=index up to which its log is durable and equal to the leader's"`
	Next     uint64 `lab:"next,doc=index of the next entry that it gets"`
	Inflight int    `lab:"inflight,doc=messages with entries under way to it"`
	State    string `lab:"state,doc=probe while the leader searches the last entry on which the logs agree; then replicate"`
}

func (r *Raft) readStatus(sdk.Env) (Status, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.status.Role == "" {
		return Status{}, errors.New("the node is starting")
	}
	status := r.status
	status.Peers = make([]Peer, 0, len(r.peers))
	for _, p := range r.peers {
		state := "probe"
		if p.Pipelined {
			state = "replicate"
		}
		status.Peers = append(status.Peers, Peer{r.cluster.name(p.ID), p.Match, p.Next, p.Inflight, state})
	}
	return status, nil
}

// publish makes the core's state visible to the method status, which so never waits.
func (n *node) publish(s core.Status) {
	role := s.Role.String()
	if s.Role == core.PreCandidate {
		role = core.Candidate.String()
	}
	n.raft.mu.Lock()
	defer n.raft.mu.Unlock()
	n.raft.status = Status{
		Role: role, Term: s.Term, Vote: n.cluster.name(s.Vote), Leader: n.cluster.name(s.Leader),
		Commit: s.Commit, Applied: n.applied, Durable: s.Durable, Last: s.Last,
	}
	n.raft.cluster, n.raft.peers = n.cluster, n.core.AppendProgress(n.raft.peers[:0])
	n.raft.log = n.core.Log(1, s.Last)
}

// ProposeArgs are the arguments of the method propose.
type ProposeArgs struct {
	Command string `lab:"command,doc=what to replicate, at most max_batch - 16 bytes"`
}

// Proposed is the answer of the method propose: where the command stands in the log.
type Proposed struct {
	Index uint64 `lab:"index"`
	Term  uint64 `lab:"term"`
}

// proposed is what the loop says of a proposal.
type proposed struct {
	at      Proposed
	outcome core.Outcome
	result  kv.Result // of a command for the store that is committed
	err     error     // why it is not committed
}

// propose fails when the command is certainly not in the log and never will be. Whoever stops waiting does not know.
func (r *Raft) propose(env sdk.Env, args ProposeArgs) (Proposed, error) {
	answer, err := r.submit(env, []byte(args.Command))
	return answer.at, err
}

// submit proposes a command and waits until its fate is certain.
func (r *Raft) submit(env sdk.Env, command []byte) (proposed, error) {
	answers := sdk.NewMailbox[proposed](env)
	if !r.post(r.box(env), proposal(command, answers.Post), maxQueued) {
		return proposed{}, fmt.Errorf("%w: %d messages and calls wait already", core.ErrBusy, maxQueued)
	}
	answer, err := answers.Recv(time.Time{})
	if err != nil {
		return proposed{}, sdk.Unknown(err)
	}
	return answer, answer.err
}

// proposal is the event that offers one command to the core.
func proposal(command []byte, answer func(proposed)) event {
	input := core.Input{Kind: core.Propose, Proposals: []core.Proposal{{Data: command}}}
	return event{input: input, proposed: answer}
}

// settle tells whoever proposed a command what became of it.
func (n *node) settle(result core.Result) {
	answer := n.proposed[result.ID]
	delete(n.proposed, result.ID)
	p := proposed{at: Proposed{Index: result.Index, Term: result.Term}, outcome: result.Outcome}
	switch {
	case result.Outcome == core.Committed:
		// The core settles a proposal in the step that commits it.
		p.result = n.results[len(n.results)-1-int(n.applied-result.Index)]
	case result.Outcome == core.Lost && result.Err != nil:
		p.err = fmt.Errorf("lost: %w", result.Err)
	case result.Outcome == core.Lost:
		p.err = fmt.Errorf("lost: a later leader has committed entries, so index %d of term %d never will be", result.Index, result.Term)
	case errors.Is(result.Err, core.ErrNotLeader) && result.Leader == core.None:
		p.err = fmt.Errorf("%s is not the leader, and knows of none", n.env.Node())
	case errors.Is(result.Err, core.ErrNotLeader):
		p.err = fmt.Errorf("%s is not the leader; try %s", n.env.Node(), n.cluster.name(result.Leader))
	default:
		p.err = result.Err
	}
	answer(p)
}

// Campaigned is the answer of the method campaign.
type Campaigned struct {
	Won  bool   `lab:"won,doc=this node leads"`
	Term uint64 `lab:"term,doc=the node's term when that was decided"`
}

func (r *Raft) campaign(env sdk.Env) (Campaigned, error) {
	answer, err := sdk.Ask(env, r.box(env), func(answer func(Campaigned)) event {
		return event{input: core.Input{Kind: core.Campaign}, decided: answer}
	})
	return answer, sdk.Unknown(err)
}

// decide answers whoever waits for an election that is won, lost, or overtaken by the next one.
func (n *node) decide(s core.Status) {
	open := n.campaigns[:0]
	for _, c := range n.campaigns {
		if c.number == s.Campaigns && (s.Role == core.Candidate || s.Role == core.PreCandidate) {
			open = append(open, c)
			continue
		}
		c.decided(Campaigned{Won: s.Role == core.Leader, Term: s.Term})
	}
	n.campaigns = open
}
