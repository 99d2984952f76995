package core_test

import (
	"fmt"
	"strings"

	"github.com/netlab-dev/netlab/plugins/raft/core"
)

func name(id core.ID) string {
	if id == core.None {
		return "-"
	}
	return fmt.Sprintf("n%d", id)
}

func describeMessage(m core.Message) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s -> %s %s term=%d", name(m.From), name(m.To), m.Type, m.Term)
	switch m.Type {
	case core.PreVote, core.Vote:
		fmt.Fprintf(&b, " last=%d/%d", m.Prev, m.PrevTerm)
	case core.PreVoteReply, core.VoteReply:
		fmt.Fprintf(&b, " ok=%v", m.OK)
	case core.Append:
		fmt.Fprintf(&b, " prev=%d/%d commit=%d%s", m.Prev, m.PrevTerm, m.Commit, describeEntries(m.Entries))
	case core.AppendReply:
		if m.OK {
			fmt.Fprintf(&b, " ok match=%d", m.Match)
		} else {
			fmt.Fprintf(&b, " no prev=%d hint=%d/%d", m.Prev, m.Match, m.MatchTerm)
		}
	}
	return b.String()
}

func describeEntries(entries []core.Entry) string {
	if len(entries) == 0 {
		return ""
	}
	if len(entries) > 8 {
		return fmt.Sprintf(" %d..%d", entries[0].Index, entries[len(entries)-1].Index)
	}
	texts := make([]string, len(entries))
	for i, e := range entries {
		texts[i] = fmt.Sprintf("%d/%d:%s", e.Index, e.Term, command(e))
	}
	return " [" + strings.Join(texts, " ") + "]"
}

func command(e core.Entry) string {
	switch {
	case e.Kind == core.Noop:
		return "-"
	case len(e.Data) > 20:
		return fmt.Sprintf("(%d bytes)", len(e.Data))
	}
	return string(e.Data)
}

func describeWrite(id core.ID, w core.Write) string {
	text := fmt.Sprintf("%s writes term=%d vote=%s", name(id), w.Term, name(w.Vote))
	if w.From > 0 {
		text += fmt.Sprintf(" log=%d..%s", w.From, describeEntries(w.Entries))
	}
	return text
}

func describeResult(id core.ID, r core.Result) string {
	text := fmt.Sprintf("%s proposal #%d %s", name(id), r.ID, r.Outcome)
	if r.Outcome == core.Refused {
		return text + fmt.Sprintf(": %v, leader=%s", r.Err, name(r.Leader))
	}
	return text + fmt.Sprintf(" index=%d term=%d", r.Index, r.Term)
}

func describeEvent(id core.ID, e core.Event) string {
	text := fmt.Sprintf("%s %s term=%d", name(id), e.Kind, e.Term)
	if e.Index > 0 {
		text += fmt.Sprintf(" index=%d", e.Index)
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

func (s *story) status() {
	for _, n := range s.nodes {
		if n.core == nil {
			s.tracef("%s crashed", name(n.id))
			continue
		}
		st := n.core.Status()
		line := fmt.Sprintf("%s %s term=%d vote=%s leader=%s commit=%d last=%d durable=%d", name(n.id), st.Role, st.Term,
			name(st.Vote), name(st.Leader), st.Commit, st.Last, st.Durable)
		for _, p := range n.core.AppendProgress(nil) {
			mode := "probed"
			if p.Pipelined {
				mode = "pipelined"
			}
			line += fmt.Sprintf("\n   %s match=%d next=%d %s inflight=%d", name(p.ID), p.Match, p.Next, mode, p.Inflight)
		}
		s.tracef("%s", line)
	}
}

func (s *story) logs() {
	for _, n := range s.nodes {
		if n.core != nil {
			s.tracef("%s%s", name(n.id), describeEntries(n.core.Log(1, 1<<60)))
		}
	}
}
