package result

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// maxLine bounds a line of what Read reads: one run with all its prints and waiting tasks takes far less.
const maxLine = 64 << 20

// Read reads what JSON has written. Lines of unknown types are left out, as a later lab may write more.
func Read(from io.Reader) (*Report, error) {
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, maxLine)
	r := reader{report: &Report{}}
	for n := 1; lines.Scan(); n++ {
		if err := r.line(lines.Bytes()); err != nil {
			return nil, unreadable(fmt.Errorf("line %d: %w", n, err))
		}
	}
	if err := lines.Err(); err != nil {
		return nil, unreadable(err)
	}
	return r.report, nil
}

func unreadable(err error) error {
	return &trouble.Error{Class: trouble.Usage, Text: err.Error(), Hint: "want a file that lab run -o FILE.jsonl has written", Err: err}
}

// reader puts the lines together.
type reader struct {
	report *Report
	story  *Story // the latest
}

func (r *reader) line(text []byte) error {
	var head struct {
		Lab  int    `json:"lab"`
		Type string `json:"type"`
		Seed uint64 `json:"seed"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return err
	}
	if head.Lab > Version {
		return fmt.Errorf("version %d, this lab reads up to %d", head.Lab, Version)
	}
	switch head.Type {
	case "experiment":
		var s Sweep
		if err := decode(text, &s); err != nil {
			return err
		}
		r.report.Add(s)
	case "story":
		return r.begin(text, head.Seed)
	case "moment":
		return extend(r.story, text, func(s *Story) *[]Moment { return &s.Moments })
	case "packet":
		return extend(r.story, text, func(s *Story) *[]Packet { return &s.Packets })
	case "report":
		return json.Unmarshal(text, r.report)
	}
	return nil
}

// begin begins the story of a run of the latest experiment.
func (r *reader) begin(text []byte, seed uint64) error {
	n := len(r.report.Sweeps)
	if n == 0 {
		return errors.New("a story before any experiment")
	}
	for run := range r.report.Sweeps[n-1].Told() {
		if run.Seed == seed {
			r.story = &Story{}
			run.Story = r.story
			return decode(text, r.story)
		}
	}
	return fmt.Errorf("a story of seed %d, which its experiment does not tell of", seed)
}

// extend adds what a line says to a list of the story.
func extend[T any, P interface {
	*T
	timed
}](s *Story, text []byte, of func(*Story) *[]T) error {
	if s == nil {
		return errors.New("a part of a story that has not begun")
	}
	var item T
	if err := decode(text, P(&item)); err != nil {
		return err
	}
	list := of(s)
	*list = append(*list, item)
	return nil
}
