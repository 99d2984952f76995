package engine

import (
	"errors"
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// sim runs a world in a plugin process that it shares with other runs. The kernel that knows virtual time lives there;
// here is only the conversation with it: as a rule one Advance per Run, one Progress back.
type sim struct {
	options Options
	process *host.Process
	plugin  string
	world   uint64
	detach  func()
	answers chan *wire.Report // Progress, Connections, Packets and Closed
	silence silence
	stop    *interrupt
	broken  error // why the world cannot go on

	top     *topology
	steps   []step // of this instant
	calls   calls
	preview preview
	now     time.Duration
	meters  map[FaultID]int64
	metered bool // a fault was active in the last turn
	record  *recorder

	// The message of a turn. It is reused: the plugin has answered the one before, so that has been sent.
	advance wire.Advance
	command wire.Command
	block   []wire.Call
	account *Account
	closed  bool
	summary Summary
}

// NewSim opens a world in the process that all runs share. The plugin must serve every kind of the topology.
func NewSim(h *host.Host, p *host.Plugin, o Options) (Engine, error) {
	silence, err := newSilence(h.ChecksPrograms())
	if err != nil {
		return nil, err
	}
	process, err := h.Shared(p)
	if err != nil {
		return nil, err
	}
	kinds := make(map[string]bool, len(p.Manifest.Kinds))
	for _, k := range p.Manifest.Kinds {
		kinds[k.Name] = true
	}
	s := &sim{
		options: o, process: process, plugin: p.Name, world: process.NewWorld(),
		answers: make(chan *wire.Report, 2), // a Progress that nobody waits for any more, and Closed
		stop:    newInterrupt(), silence: silence,
		top:     newTopology(func(kind string) bool { return kinds[kind] }),
		meters:  map[FaultID]int64{},
		preview: newPreview(p.Manifest.Kinds),
		account: &Account{},
		record:  newRecorder(o.Recent),
	}
	s.top.unserved = o.Unserved
	s.command.World, s.command.Of = s.world, &wire.Command_Advance{Advance: &s.advance}
	s.detach = process.Attach(s.world, s.receive)
	open := &wire.Open{Seed: o.Seed, Logs: o.Log != nil, Full: o.Full, Messages: o.Messages, Lanes: o.Lanes, Series: o.Series}
	if err := process.Send(&wire.Command{World: s.world, Of: &wire.Command_Open{Open: open}}); err != nil {
		s.detach()
		s.record.release()
		return nil, err
	}
	return s, nil
}

// receive runs on the goroutine that reads for all worlds.
func (s *sim) receive(r *wire.Report) {
	switch of := r.Of.(type) {
	case *wire.Report_Log:
		s.options.log(time.Duration(of.Log.GetAt()), of.Log.GetNode(), clip(of.Log.GetLine(), maxLine))
	case *wire.Report_Barrier:
		s.silence.broken()
	case *wire.Report_Progress, *wire.Report_Connections, *wire.Report_Packets, *wire.Report_Closed:
		select {
		case s.answers <- r:
		default: // more answers than questions: a broken plugin, which must not stop the others
		}
	}
}

func (s *sim) Apply(changes ...Change) error {
	s.preview.forget()
	steps, err := s.top.apply(changes)
	s.steps = append(s.steps, steps...)
	return err
}

func (s *sim) Now() time.Duration { return s.now }

func (s *sim) Events(f trace.Filter) []value.Event { return s.record.selected(f) }

func (s *sim) Lanes() ([]trace.Lane, []string) { return s.record.lanes.All() }

func (s *sim) Touched(f FaultID) int64 { return s.meters[f] }

func (s *sim) Links() Links { return s.top.state() }

func (s *sim) Interrupt(err error) { s.stop.set(err) }

func (s *sim) Run(until time.Duration, wake Wake) (Progress, error) {
	if err := s.stopped(); err != nil {
		return Progress{Now: s.now}, err
	}
	refused := append(s.takeReady(), s.calls.refuse(s.top, s.now)...)
	if wake.answered(refused) {
		return Progress{Now: s.now, Replies: refused}, nil
	}
	progress := Progress{Now: s.now, Replies: refused}
	until = max(until, s.now)
	for over := false; !over; {
		answer, err := s.turn(until, wake)
		if err != nil {
			return progress, err
		}
		before := s.now
		err = s.progress(answer, wake, &progress)
		// A turn that has brought very many events ends before its time.
		over = s.now >= until || len(progress.Woken) > 0 || wake.answered(progress.Replies) || len(progress.Failures) > 0
		if err == nil && !over && s.now == before && len(answer.GetEvents())+len(answer.GetSamples()) == 0 {
			err = fmt.Errorf("it has ended a turn at %v, where it began, instead of %v", s.now, until)
		}
		if err != nil {
			s.broken = pluginError("plugin %s: %v", s.plugin, err)
			return progress, s.broken
		}
		if s.broken = s.record.flood(s.top); s.broken != nil {
			return progress, s.broken
		}
	}
	return progress, nil
}

func (s *sim) stopped() error {
	if err := s.stop.get(); err != nil {
		return err
	}
	if s.closed {
		return errClosed
	}
	return s.broken
}

// turn sends what belongs to this instant and waits until the world has advanced.
func (s *sim) turn(until time.Duration, wake Wake) (*wire.Progress, error) {
	a := &s.advance
	a.Until = int64(until)
	active := len(s.top.faults) > 0
	a.Meters, s.metered = active || s.metered, active // once more after the last heal
	a.WakeEvents = toWatched(wake.Events)
	a.Wake = a.Wake[:0]
	for _, id := range wake.Calls {
		a.Wake = append(a.Wake, int64(id))
	}
	s.preview.write(a, s.waits(until, wake))
	linksFirst(s.steps)
	a.Changes = a.Changes[:0]
	for _, step := range s.steps {
		a.Changes = append(a.Changes, toChange(step))
		s.record.step(step, s.now)
	}
	if n := len(s.calls.pending); n > len(s.block) {
		s.block = make([]wire.Call, n)
	}
	a.Calls = a.Calls[:0]
	for i, id := range s.calls.pending {
		s.calls.write(id, &s.block[i])
		a.Calls = append(a.Calls, &s.block[i])
	}
	s.steps, s.calls.pending = s.steps[:0], s.calls.pending[:0]
	if err := s.process.Send(&s.command); err != nil && !errors.Is(err, host.ErrEnding) {
		s.broken = err
		return nil, err
	}
	var r *wire.Report
	r, s.broken = s.answer("a turn", func(r *wire.Report) bool { return r.GetProgress() != nil })
	return r.GetProgress(), s.broken
}

// answer waits for the answer to what was asked. One that never comes does not hold up the run for ever.
func (s *sim) answer(to string, fits func(*wire.Report) bool) (*wire.Report, error) {
	s.silence.begin()
	defer s.silence.end()
	for {
		select {
		case r := <-s.answers:
			if fits(r) {
				return r, nil
			}
			return nil, pluginError("plugin %s: %v", s.plugin, errUnasked)
		case <-s.stop.done:
			return nil, s.stop.err // a Progress may still come, for a question that is no more
		case <-s.process.Done():
			return nil, s.process.Err()
		case <-s.silence.look.C:
			if s.silence.tooLong(s.process) {
				why := fmt.Sprintf("no answer to %s within %v", to, s.silence.limit())
				if s.process.Silent(s.silence.limit()) {
					s.process.Abandon("it gave another run " + why)
				}
				return nil, silentError("plugin %s (sim): %s", s.plugin, why)
			}
			ping := &wire.Command{World: s.world, Of: &wire.Command_Barrier{Barrier: &wire.Barrier{}}}
			_ = s.process.Send(ping) // an error means that the process is ending, which is told next
		}
	}
}

// closeGrace is how long a world may take to end, in wall time: its tasks run their deferred calls.
const closeGrace = 10 * time.Second

func (s *sim) Close() (Summary, error) {
	if s.closed {
		return s.summary, nil
	}
	s.closed = true
	defer s.record.release()
	s.summary.Now = s.now
	s.account.calls, s.account.events, s.account.names = s.calls.made, s.record.store, s.top.names
	s.summary.Account = s.account
	defer s.detach()
	err := s.process.Send(&wire.Command{World: s.world, Of: &wire.Command_Close{Close: &wire.Close{}}})
	if err != nil {
		return s.summary, s.lost(err)
	}
	if s.silence.over {
		return s.summary, nil // nor will this be answered
	}
	r, err := s.last("end", s.stop.done, func(r *wire.Report) bool { return r.GetClosed() != nil })
	switch {
	case r != nil:
		return s.ended(r.GetClosed())
	case s.process.Err() != nil:
		return s.summary, s.lost(err)
	}
	return s.summary, err
}

// last waits for an answer when the run is over: others are to questions that are no more. Once give is closed it waits for
// none: then both results are nil.
func (s *sim) last(what string, give <-chan struct{}, fits func(*wire.Report) bool) (*wire.Report, error) {
	limit := time.NewTimer(closeGrace)
	defer limit.Stop()
	for {
		select {
		case r := <-s.answers:
			if fits(r) {
				return r, nil
			}
		case <-s.process.Done():
			return nil, s.process.Err()
		case <-give: // the plugin ends the world when it gets to it
			return nil, nil
		case <-limit.C:
			return nil, pluginError("plugin %s: a world did not %s within %v", s.plugin, what, closeGrace)
		}
	}
}

// lost is the error of a close that found no process: none when Run has told it already.
func (s *sim) lost(err error) error {
	if s.broken != nil {
		return nil
	}
	return err
}

func (s *sim) ended(c *wire.Closed) (Summary, error) {
	s.summary.Now, s.summary.Digest, s.summary.Steps = time.Duration(c.GetNow()), c.GetDigest(), c.GetSteps()
	s.summary.Account.digests = c.GetDigests()
	if c.GetError() != "" {
		return s.summary, pluginError("plugin %s: %s", s.plugin, clip(c.GetError(), maxStack))
	}
	return s.summary, nil
}
