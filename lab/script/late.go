package script

import (
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

// shortest is the shortest time, apart from 0, that the links and configurations of a run speak of, and whose it is. A
// machine that is late by more cannot tell whether what takes so long has taken longer.
type shortest struct {
	time time.Duration
	of   string
}

func (s *shortest) meet(d time.Duration, of string) {
	if d > 0 && (s.time == 0 || d < s.time) {
		s.time, s.of = d, of
	}
}

// links meets the times of a profile.
func (s *shortest) links(p engine.Patch) {
	for _, f := range link.Fields {
		if d, ok := p[f.Name].(link.Draw); ok {
			s.draw(d, "the "+f.Name+" of a link")
		}
	}
}

func (s *shortest) draw(d link.Draw, of string) {
	if d.A == 0 && d.Distribution == link.Uniform {
		d.A = d.B
	}
	s.meet(d.A, of)
}

// config meets the times of a node's configuration.
func (s *shortest) config(node string, fields value.Fields) {
	for _, f := range fields {
		of := f.Name + " of " + node
		switch v := f.Value.(type) {
		case time.Duration:
			s.meet(v, of)
		case link.Draw:
			s.draw(v, of)
		}
	}
}

// doubt says that a run was too late for checks of time, "" when it was not.
func (s *shortest) doubt(late time.Duration) string {
	if s.time == 0 || late <= s.time {
		return ""
	}
	return fmt.Sprintf("this machine was late by %s: checks of time mean little (%s is %s)",
		result.Rough(late), s.of, value.FormatDuration(s.time))
}
