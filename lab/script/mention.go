package script

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/spell"
	"github.com/netlab-dev/netlab/sdk/value"
)

// mention is an address in a call that names no node yet: an error when the instant ends and there still is none. What
// is added at the same instant, before or after the call, counts.
type mention struct {
	what  string // lab.add("balancer"): backends
	name  string
	stack []trouble.Frame
}

// mentions looks at the addresses among the values of a call that differ from those that were there before it.
func (r *run) mentions(what string, p *params, before, values value.Fields) error {
	for i, spec := range p.list {
		if !spec.addresses || value.Equal(before[i].Value, values[i].Value) {
			continue
		}
		for _, name := range nodesIn(values[i].Value) {
			if r.byName[name] != nil {
				continue
			}
			m := mention{what: what + ": " + spec.name, name: name, stack: r.current.stack()}
			if r.kept { // nobody adds nodes any more
				return r.missing(m)
			}
			r.mentioned = append(r.mentioned, m)
		}
	}
	return nil
}

// checkMentions is called when the topology of the present instant is known.
func (r *run) checkMentions() error {
	for _, m := range r.mentioned {
		if r.byName[m.name] == nil {
			return r.missing(m)
		}
	}
	r.mentioned = r.mentioned[:0]
	return nil
}

func (r *run) missing(m mention) error {
	msg, hint := spell.Unknown("node", m.name, r.nodeNames())
	e := &trouble.Error{Text: m.what + ": " + msg, Hint: hint, Stack: m.stack}
	if n := len(m.stack); n > 0 {
		e.Pos = m.stack[n-1].Pos
	}
	return e
}

// nodesIn are the nodes that an address, a URL or a list of them names. What is no address is left to the kind, and so
// is a number: such an address is of somebody from outside.
func nodesIn(v any) (names []string) {
	text := ""
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			names = append(names, nodesIn(item)...)
		}
		return names
	case value.Addr:
		text = string(v)
	case string:
		text = v
		if u, err := url.Parse(v); err == nil && strings.Contains(v, "://") {
			text = u.Hostname() + ":0"
		}
	}
	name, _, err := value.Addr(text).Split()
	if _, number := netip.ParseAddr(name); err != nil || number == nil || name == "" {
		return nil
	}
	return []string{name}
}
