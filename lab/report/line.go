package report

import (
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/report/plot"
	"github.com/netlab-dev/netlab/lab/result"
)

// line is a stretch of a node's line: in the colour of its role, with its term where that begins.
type line struct {
	Node int           `json:"n"`
	From time.Duration `json:"a"`
	To   time.Duration `json:"z"`
	Tone int           `json:"v"` // of plot.Tones, so that lanes have the same colours; -1 for none
	Term string        `json:"t,omitempty"`
}

// mostLines bounds the stretches of all nodes, mostValues what the legend explains.
const (
	mostLines  = 20000
	mostValues = 6
)

// lines colours the lines of nodes that have a lane "role".
func (d *diagram) lines(s *result.Story, at places) {
	d.Lines, d.Values = []line{}, []string{}
	tones := plot.Tones(s, "role")
	for i := range s.Lanes {
		l := &s.Lanes[i]
		if l.Name != "role" && l.Name != "term" || at.of(l.Node) < 0 {
			continue
		}
		for n, p := range l.Points[:min(len(l.Points), mostLines-len(d.Lines))] {
			to := line{at[l.Node], p.At, d.End, -1, ""}
			if n+1 < len(l.Points) {
				to.To = l.Points[n+1].At
			}
			if l.Name == "term" && p.Value != "None" { // of a node that does not run
				to.Term = clip(p.Value, maxName)
			} else if l.Name == "role" {
				to.Tone = tones[p.Value]
			}
			d.Lines = append(d.Lines, to)
		}
	}
	d.Values = make([]string, 0, mostValues)
	for value, tone := range tones {
		for len(d.Values) <= tone {
			d.Values = append(d.Values, "")
		}
		if name := clip(strings.Trim(value, `"`), maxName); d.Values[tone] == "" || name < d.Values[tone] {
			d.Values[tone] = name
		}
	}
}
