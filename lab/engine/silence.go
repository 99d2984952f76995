package engine

import (
	"sync/atomic"
	"time"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// silence is how long the plugin of a sim run has given no sign of a turn. During a long turn it is asked for one every
// second, or as often as wire.Silence says, by wire.Barrier. It gives one when the world has got on since. The plugin's own
// watchdog tells of a component that keeps control, with its stack; this one is for a process that does not answer at all.
//
// Of a plugin that computes, its processor time counts, because a busy machine lets it compute little. A look that comes late
// by more than the time between two counts nothing: then this process was held up, and may not have taken a sign yet.
type silence struct {
	every time.Duration
	most  int
	look  *time.Timer
	due   time.Time // of the next look
	sign  *atomic.Bool
	lasts time.Duration // what counts of it
	used  time.Duration // processor time of the process at the last look
	over  bool          // it was too long
}

// newSilence is the one that is usual; three times as much for a process that can tell by itself who keeps control.
func newSilence(checks bool) (silence, error) {
	const looks = 15
	limit, err := wire.Silence()
	if err != nil {
		return silence{}, &trouble.Error{Class: trouble.Usage, Text: err.Error(), Err: err}
	}
	look := time.NewTimer(time.Hour)
	look.Stop()
	s := silence{every: limit / looks, most: looks, look: look, sign: new(atomic.Bool)}
	if checks {
		s.most = 3 * looks
	}
	return s, nil
}

// limit is how long silence may be.
func (s *silence) limit() time.Duration {
	return (time.Duration(s.most) * s.every).Round(time.Millisecond)
}

// broken is called when the plugin gives a sign, by any goroutine.
func (s *silence) broken() { s.sign.Store(true) }

func (s *silence) begin() {
	s.lasts = 0
	s.lookLater()
}

func (s *silence) lookLater() {
	s.due = time.Now().Add(s.every)
	s.look.Reset(s.every)
}

func (s *silence) end() { s.look.Stop() }

// tooLong looks.
func (s *silence) tooLong(p *host.Process) bool {
	counts := s.counted(p.Load())
	switch {
	case s.sign.Swap(false):
		s.lasts = 0
	case p.Ours() && time.Since(s.due) <= s.every:
		s.lasts += counts
	}
	s.over = s.lasts >= s.limit()
	s.lookLater()
	return s.over
}

// counted is what counts of the time since the last look.
func (s *silence) counted(used time.Duration, wants bool) time.Duration {
	computed := used - s.used
	s.used = used
	if wants {
		return min(s.every, computed)
	}
	return s.every
}
