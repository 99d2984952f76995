package engine

import (
	"slices"
	"time"

	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// preview asks ahead of the script. A script that polls makes the same queries at every look: so with each wait go the
// queries of the instant at which it began, to be answered at the instant at which it ends. If the script then does
// make them, before anything else, the answers are here; if not, nothing has happened, for a query changes nothing.
// A look so costs one turn instead of one for each node.
type preview struct {
	queries map[string]map[string]bool // by kind: the names of its queries
	asked   []Call                     // at the present instant, each once, in order
	sent    []Call                     // with the last turn
	block   []wire.Call
	answers []*wire.Reply // to sent, at the present instant
	ready   []Reply       // to calls that were made, from answers
}

// maxPreview bounds the queries that go with a wait.
const maxPreview = 256

func newPreview(kinds []*manifest.Kind) preview {
	p := preview{queries: map[string]map[string]bool{}}
	for _, k := range kinds {
		for _, m := range k.Methods {
			if m.Query {
				if p.queries[k.Name] == nil {
					p.queries[k.Name] = map[string]bool{}
				}
				p.queries[k.Name][m.Name] = true
			}
		}
	}
	return p
}

// of tells whether the call is one that can be asked ahead: a query of a node, without arguments.
func (p *preview) of(t *topology, c Call) bool {
	n := t.nodes[c.Node]
	return n != nil && c.Object.ID == 0 && len(c.Args) == 0 && p.queries[n.kind][c.Method]
}

func same(a Call) func(Call) bool {
	return func(b Call) bool { return a.Node == b.Node && a.Method == b.Method }
}

// ask notes that the query was made, and returns the answer that is already here, if any.
func (p *preview) ask(c Call) *wire.Reply {
	if len(p.asked) < maxPreview && !slices.ContainsFunc(p.asked, same(c)) {
		p.asked = append(p.asked, c)
	}
	for _, r := range p.answers {
		if i := r.GetCall(); i >= 0 && int(i) < len(p.sent) && same(c)(p.sent[i]) {
			return r
		}
	}
	return nil
}

// forget drops the answers: the world is about to change.
func (p *preview) forget() { p.answers = nil }

// write fills in what goes with a turn that only waits; other turns carry nothing, and end the instant no less.
func (p *preview) write(a *wire.Advance, waits bool) {
	a.Preview, p.answers = a.Preview[:0], nil
	if !waits {
		return
	}
	p.sent = append(p.sent[:0], p.asked...)
	p.asked = p.asked[:0]
	if len(p.sent) > len(p.block) {
		p.block = make([]wire.Call, len(p.sent))
	}
	for i, c := range p.sent {
		p.block[i].Node, p.block[i].Method = c.Node, c.Method
		a.Preview = append(a.Preview, &p.block[i])
	}
}

// call makes a call, from what was asked ahead where that is possible.
func (s *sim) Call(c Call) ID {
	if s.options.Full || !s.preview.of(s.top, c) || s.top.refuse(c) != "" || len(s.steps)+len(s.calls.pending) > 0 {
		s.preview.forget()
		return s.calls.add(c, s.now)
	}
	answer := s.preview.ask(c)
	if answer == nil {
		return s.calls.add(c, s.now)
	}
	id := s.calls.note(c, s.now)
	reply, err := s.calls.ending(id, answer, s.now)
	if err != nil {
		s.broken = err
		return id
	}
	s.calls.keep(reply, answer, s.record.store.Len())
	s.preview.ready = append(s.preview.ready, reply)
	return id
}

// takeReady returns the answers to the calls that were made from what was asked ahead.
func (s *sim) takeReady() []Reply {
	ready := s.preview.ready
	s.preview.ready = nil
	return ready
}

// waits tells whether a turn only lets time pass: then what was asked at this instant may be asked at its end.
func (s *sim) waits(until time.Duration, wake Wake) bool {
	return !s.options.Full && until > s.now && len(wake.Calls) == 0 && len(s.calls.pending) == 0
}
