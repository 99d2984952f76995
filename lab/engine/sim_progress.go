package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// progress adds what a turn has brought to the progress of a Run.
func (s *sim) progress(p *wire.Progress, wake Wake, out *Progress) error {
	if p.GetError() != "" {
		return errors.New(clip(p.GetError(), maxStack))
	}
	now := time.Duration(p.GetNow())
	if now < s.now {
		return fmt.Errorf("its clock went back from %v to %v", s.now, now)
	}
	before := s.now
	if now != s.now {
		s.now = now
		s.preview.asked = s.preview.asked[:0]
	}
	s.account.mark(now, p.GetDigest())
	s.preview.answers = p.GetPreviews()
	out.Now = s.now
	if err := s.takeReplies(p, before, out); err != nil {
		return err
	}
	if err := s.takeEvents(p, before, wake, out); err != nil {
		return err
	}
	if err := s.takeFailures(p, before, out); err != nil {
		return err
	}
	if err := s.takeSamples(p, before); err != nil {
		return err
	}
	for _, m := range p.GetMeters() {
		s.meters[FaultID(m.GetFault())] = m.GetCount()
	}
	out.Waiting, out.MoreWaiting = waiting(p), int(max(p.GetMoreWaiting(), 0))
	return nil
}

// waiting lists what tasks wait for when nothing is left to happen: then it is not nil, also when no task is left.
func waiting(p *wire.Progress) []Waiting {
	if !p.GetQuiescent() {
		return nil
	}
	list := make([]Waiting, 0, len(p.GetWaiting()))
	for _, w := range p.GetWaiting() {
		list = append(list, Waiting{Node: w.GetNode(), What: clip(w.GetWhat(), maxTold)})
	}
	return list
}

// takeReplies takes those of a turn that began at before.
func (s *sim) takeReplies(p *wire.Progress, before time.Duration, out *Progress) error {
	for _, r := range p.GetReplies() {
		reply, err := s.calls.reply(r, time.Duration(r.GetAt()))
		if err == nil {
			err = between("a reply", reply.At, before, s.now)
		}
		if err != nil {
			return err
		}
		s.calls.keep(reply, r, s.record.store.Len())
		out.Replies = append(out.Replies, reply)
	}
	return nil
}

func (s *sim) takeEvents(p *wire.Progress, before time.Duration, wake Wake, out *Progress) error {
	for _, e := range p.GetEvents() {
		event, err := wire.FromEvent(e)
		if err == nil {
			err = checkEvent(event)
		}
		if err == nil {
			err = between("an event", event.At, before, s.now)
		}
		if err == nil && s.top.nodes[event.Node] == nil {
			err = fmt.Errorf("an event of node %q, which does not exist", clip(event.Node, maxNameSize))
		}
		if err != nil {
			return err
		}
		if event.Class == value.ClassMessage {
			s.record.message(event)
			continue
		}
		s.record.add(event)
		out.Woken = wake.met(out.Woken, event)
	}
	return nil
}

func (s *sim) takeFailures(p *wire.Progress, before time.Duration, out *Progress) error {
	for _, f := range p.GetFailures() {
		if s.top.nodes[f.GetNode()] == nil {
			return fmt.Errorf("a failure of node %q, which does not exist", clip(f.GetNode(), maxNameSize))
		}
		if err := between("a failure", time.Duration(f.GetAt()), before, s.now); err != nil {
			return err
		}
		s.top.ended(f.GetNode())
		failure := Failure{
			Node: f.GetNode(), At: time.Duration(f.GetAt()), Error: clip(f.GetError(), maxTold), Stack: clip(f.GetStack(), maxStack),
			Misuse: f.GetMisuse(), Hint: clip(f.GetHint(), maxTold),
		}
		s.record.failure(failure)
		out.Failures = append(out.Failures, failure)
	}
	return nil
}

// takeSamples takes those of a turn that began at before.
func (s *sim) takeSamples(p *wire.Progress, before time.Duration) error {
	for _, told := range p.GetSamples() {
		at := time.Duration(told.GetAt())
		if s.top.nodes[told.GetNode()] == nil {
			return fmt.Errorf("a sample of node %q, which does not exist", clip(told.GetNode(), maxNameSize))
		}
		if err := between("a sample", at, before, s.now); err != nil {
			return err
		}
		if err := s.record.sample(told.GetNode(), at, told); err != nil {
			return err
		}
	}
	return nil
}
