package result

import (
	"encoding/json"
	"fmt"
	"time"
)

// maxTime bounds the instants of what is read, so that renderers can add and subtract two of them: 146 years.
const maxTime = time.Duration(1 << 62)

// timed is a part of a file that has instants or stretches of time.
type timed interface{ times() []time.Duration }

// decode reads a line, and refuses one with an impossible time.
func decode(line []byte, to timed) error {
	if err := json.Unmarshal(line, to); err != nil {
		return err
	}
	for _, t := range to.times() {
		if t < 0 || t > maxTime {
			return fmt.Errorf("a time of %s, want 0s to %s", t, maxTime)
		}
	}
	return nil
}

func (m *Moment) times() []time.Duration { return []time.Duration{m.At} }

func (p *Packet) times() []time.Duration {
	return append([]time.Duration{p.Sent, p.Left}, p.Arrives...)
}

func (s *Sweep) times() (all []time.Duration) {
	for r := range s.Told() {
		all = append(all, r.At)
		for i := range r.Checks {
			all = append(all, r.Checks[i].At)
			for _, e := range r.Checks[i].About {
				all = append(all, e.At)
			}
			for _, c := range r.Checks[i].Calls {
				all = append(all, c.From, c.Until)
			}
		}
		if r.Node != nil {
			all = append(all, r.Node.At)
		}
	}
	for _, e := range s.Ends {
		all = append(all, e.At)
	}
	return append(all, seriesTimes(s.Series)...)
}

func (s *Story) times() (all []time.Duration) {
	for i := range s.Spans {
		all = append(all, s.Spans[i].From, s.Spans[i].To)
	}
	for i := range s.Lanes {
		for _, p := range s.Lanes[i].Points {
			all = append(all, p.At)
		}
	}
	if s.History != nil {
		for _, o := range s.History.Operations {
			all = append(all, o.From, o.To)
		}
	}
	return append(all, seriesTimes(s.Series)...)
}

func seriesTimes(list []Series) (all []time.Duration) {
	for _, s := range list {
		for _, b := range append(s.Buckets[:len(s.Buckets):len(s.Buckets)], s.All) {
			all = append(all, b.At, b.For, b.P50, b.P99, b.Max)
		}
	}
	return all
}
