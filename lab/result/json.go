package result

import (
	"encoding/json"
	"io"
)

// Version is that of the form of JSON lines. It grows when a field changes its meaning or goes; new fields do not change it.
const Version = 1

// JSON writes one object a line: {"lab": 1, "type": "experiment", ...}, a Sweep, for each experiment as it ends, and at
// last {"type": "report"}, a Report. Durations are nanoseconds.
type JSON struct{ To io.Writer }

// Sweep writes what came of an experiment.
func (j JSON) Sweep(s *Sweep) error {
	return j.write(struct {
		Lab  int    `json:"lab"`
		Type string `json:"type"`
		*Sweep
	}{Version, "experiment", s})
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
