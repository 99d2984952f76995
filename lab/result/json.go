package result

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"iter"
)

// Version is that of the form of JSON lines. It grows when a field changes its meaning or goes; new fields do not change it.
const Version = 1

// JSON writes one object a line: {"lab": 1, "type": "experiment", ...}, a Sweep, for each experiment as it ends, and at
// last {"type": "report"}, a Report. Durations are nanoseconds. Behind an experiment come the stories of its runs: for each
// a line of type "story", a Story, then its moments and packets, a line each.
type JSON struct{ To io.Writer }

// Sweep writes what came of an experiment.
func (j JSON) Sweep(s *Sweep) error {
	err := j.write(struct {
		Lab  int    `json:"lab"`
		Type string `json:"type"`
		*Sweep
	}{Version, "experiment", s})
	for r := range s.Told() {
		if err == nil && r.Story != nil {
			err = j.story(r)
		}
	}
	return err
}

// Told are the runs of which more is known than that they passed.
func (s *Sweep) Told() iter.Seq[*Run] {
	return func(yield func(*Run) bool) {
		for i := range s.Failures {
			if !yield(&s.Failures[i].Run) {
				return
			}
		}
		if s.Shown != nil {
			yield(s.Shown)
		}
	}
}

func (j JSON) story(r *Run) error {
	out := bufio.NewWriter(j.To)
	lines := JSON{out}
	err := lines.write(struct {
		Lab  int    `json:"lab"`
		Type string `json:"type"`
		Seed uint64 `json:"seed"`
		*Story
	}{Version, "story", r.Seed, r.Story})
	for i := 0; err == nil && i < len(r.Story.Moments); i++ {
		err = lines.write(struct {
			Type string `json:"type"`
			*Moment
		}{"moment", &r.Story.Moments[i]})
	}
	for i := 0; err == nil && i < len(r.Story.Packets); i++ {
		err = lines.write(struct {
			Type string `json:"type"`
			*Packet
		}{"packet", &r.Story.Packets[i]})
	}
	return errors.Join(err, out.Flush())
}

// Report writes the last line.
func (j JSON) Report(r *Report) error {
	return j.write(struct {
		Lab  int    `json:"lab"`
		Type string `json:"type"`
		*Report
	}{Version, "report", r})
}

func (j JSON) write(object any) error {
	line, err := json.Marshal(object)
	if err != nil {
		return err
	}
	_, err = j.To.Write(append(line, '\n'))
	return err
}
