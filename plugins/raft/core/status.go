package core

// Status is a copy of what scripts and tests may see of a core.
type Status struct {
	Role      Role
	Term      uint64
	Vote      ID
	Leader    ID
	Commit    uint64
	Last      uint64
	LastTerm  uint64
	Durable   uint64 // the log is durable up to here
	Campaigns uint64 // elections, or rounds of pre-votes, that this node has begun
}

// Status returns the core's present state.
func (c *Core) Status() Status {
	return Status{
		Role: c.role, Term: c.term, Vote: c.vote, Leader: c.leader, Commit: c.commit,
		Last: c.log.last(), LastTerm: c.log.lastTerm(), Durable: c.disk.durable, Campaigns: c.campaigns,
	}
}

// Progress is what a leader knows of a peer.
type Progress struct {
	ID        ID
	Match     uint64 // durable there and equal to the leader's log, up to here
	Next      uint64 // the entry to be sent next
	Pipelined bool   // appends are sent ahead of the answers; otherwise the leader probes for where the logs agree
	Inflight  int    // appends with entries under way
}

// AppendProgress appends what this node knows of the others; nothing unless it leads.
func (c *Core) AppendProgress(all []Progress) []Progress {
	if c.role != Leader {
		return all
	}
	for i := range c.peers {
		if p := &c.peers[i]; i != c.self {
			all = append(all, Progress{p.id, p.match, p.next, p.pipelined, len(p.inflight)})
		}
	}
	return all
}

// Log returns the entries from low to high, both included, as far as they exist. They must not be changed.
func (c *Core) Log(low, high uint64) []Entry {
	low, high = max(low, 1), min(high, c.log.last())
	if low > high {
		return nil
	}
	return c.log.slice(low, high)
}
