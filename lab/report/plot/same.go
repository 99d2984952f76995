package plot

import (
	"fmt"
	"slices"
	"strings"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/sdk/value"
)

// mostNamed bounds the rows of a line about what never changed.
const mostNamed = 12

// changing leaves out the groups in which everything always has one value, unless all are so.
func changing(groups []*group) (some, same []*group) {
	for _, g := range groups {
		first := g.lanes[0].Points[0].Value
		if slices.ContainsFunc(g.lanes, func(l *result.Lane) bool { return len(l.Points) > 1 || l.Points[0].Value != first }) {
			some = append(some, g)
		} else {
			same = append(same, g)
		}
	}
	if len(some) == 0 {
		return groups, nil
	}
	return some, same
}

// unchanged writes a line for each group of one value, with whom it holds of. An item that is a node says which fault
// held it meanwhile: a backend that is up though it has crashed is what somebody may look for.
func (c *canvas) unchanged(s *result.Story, same []*group) {
	if len(same) > 0 {
		c.below("strong", "Throughout the run")
	}
	for _, g := range same {
		var names []string
		class := "same"
		for _, l := range g.lanes[:min(len(g.lanes), mostNamed)] {
			name, fault := g.label(l), held(s, l.Of)
			if name = clip(name, Left/3); fault != "" {
				name += " (" + fault + ")"
				if l.Points[0].Value == "True" {
					class = "bad word"
				}
			}
			names = append(names, name)
		}
		if more := len(g.lanes) - len(names); more > 0 {
			names = append(names, fmt.Sprintf("%d more", more))
		}
		c.below(class, clip(g.name, Left/2)+" "+clip(g.lanes[0].Points[0].Value, Left/2)+": "+strings.Join(names, ", "))
	}
}

// held is the last fault that held a node, as a crash does; "" for none.
func held(s *result.Story, node string) (text string) {
	for i := range s.Spans {
		if f := &s.Spans[i]; len(f.Links) == 0 && slices.Contains(f.Nodes, node) {
			text = clip(f.Text, Left/2) + " since " + value.Short(f.From)
			if f.To > 0 {
				text = clip(f.Text, Left/2) + " from " + value.Short(f.From) + " to " + value.Short(f.To)
			}
		}
	}
	return text
}
