package pcap

import (
	"fmt"
	"strings"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/value"
)

// fate says in a line which packet this is, what became of it and why, and what it was caused by.
func (r *run) fate(p *result.Packet) string {
	parts := []string{r.outcome(p)}
	if p.Again > 0 {
		parts = append(parts, fmt.Sprintf("attempt %d", p.Again+1))
	}
	if wait := p.Left - p.Sent; wait > 0 {
		parts = append(parts, value.FormatDuration(wait)+" in the queue and on the line")
	}
	if p.Cause != 0 {
		cause := fmt.Sprintf("caused by event %d", p.Cause)
		if p.Timer {
			cause = fmt.Sprintf("caused by a timer of event %d", p.Cause)
		}
		parts = append(parts, cause)
	}
	text := fmt.Sprintf("event %d: %s", p.Number, strings.Join(parts, ", "))
	if p.Type != "" {
		text += "; " + message(p)
	}
	return text
}

func (r *run) outcome(p *result.Packet) string {
	if p.Lost != "" {
		return "lost: " + trouble.Clip(p.Lost, maxName) + r.cutBy(p)
	}
	if len(p.Arrives) == 0 {
		return "on its way when the run ended"
	}
	text := fmt.Sprintf("arrives at %s at %s", show(p.To, maxName), value.FormatDuration(p.Arrives[0]))
	if len(p.Arrives) > 1 {
		text += ", its copy at " + value.FormatDuration(p.Arrives[1])
	}
	return text
}

// cutBy names the first fault that was in force on the packet's link when it was cut.
func (r *run) cutBy(p *result.Packet) string {
	if p.Lost != "cut" {
		return ""
	}
	if f := r.cuts.at([2]string{p.From, p.To}, p.Left); f != nil {
		return fmt.Sprintf(" by %s at %s", trouble.Clip(f.Text, 4*maxName), trouble.Clip(f.Pos.String(), 4*maxName))
	}
	return ""
}

// message is its type and fields, the way a script writes them.
func message(p *result.Packet) string {
	text := trouble.Clip(p.Type, maxName)
	for i := range p.Fields {
		if len(text) > maxComment {
			return text
		}
		text += " " + trouble.Clip(p.Fields[i].Text, maxName) + "=" + trouble.Clip(p.Fields[i].Value, maxComment)
	}
	return text
}
