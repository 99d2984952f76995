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
// Looks are counted, not time: where this process gets no processor time, it does not look either. A look at which the
// plugin wants to run and does not get to counts nothing.
type silence struct {
	every time.Duration
	most  int
	look  *time.Timer
	sign  *atomic.Bool
	count int
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
	s.count = 0
	s.look.Reset(s.every)
}

func (s *silence) end() { s.look.Stop() }

// tooLong looks.
func (s *silence) tooLong(p *host.Process) bool {
	used, wants := p.Load()
	starved := wants && used == s.used
	s.used = used
	switch {
	case s.sign.Swap(false):
		s.count = 0
	case !starved && p.Ours():
		s.count++
	}
	s.over = s.count >= s.most
	s.look.Reset(s.every)
	return s.over
}
