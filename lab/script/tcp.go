package script

import (
	"fmt"
	"slices"
	"strconv"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/spell"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/tcp"
	"github.com/netlab-dev/netlab/sdk/value"
)

// setTCP is lab.tcp(nodes = None, congestion = None, ...): changes the named settings of the TCP of some nodes, or of all, for
// connections opened from now on. Others stay as they are. The engine is told all settings of each node.
var setTCP = verb{"tcp", "tcp [NODE] [congestion=reno] [delayed_ack=False] [nagle=True] [initial_window=10] [min_rto=200ms]", func(r *run, c call) (starlark.Value, error) {
	base := r.tcp
	nodes, err := c.tcp(&base)
	if err != nil {
		return nil, err
	}
	group := r.nodes
	var changes []engine.Change
	if nodes == nil {
		changes = append(changes, engine.SetTCP{Settings: base})
	} else if group, err = r.group(nodes); err != nil {
		return nil, fmt.Errorf("lab.tcp: nodes: %w", err)
	}
	if len(c.args) < 2 && !slices.ContainsFunc(c.kwargs, func(kw starlark.Tuple) bool { return kw[0] != starlark.String("nodes") }) {
		return nil, star.Errorf(`lab.tcp(congestion = "reno"), lab.tcp(n1, nagle = True)`, "lab.tcp: names no setting")
	}
	own := make([]tcp.Settings, len(group))
	for i, n := range group {
		own[i] = n.tcp
		_, _ = c.tcp(&own[i]) // which base has taken
		if nodes != nil || own[i] != base {
			changes = append(changes, engine.SetTCP{Nodes: []string{n.name}, Settings: own[i]})
		}
	}
	if err := r.apply(changes...); err != nil {
		return nil, err
	}
	for i, n := range group {
		n.tcp = own[i]
	}
	if nodes == nil {
		r.tcp = base
	}
	return starlark.None, nil
}}

// tcp reads the arguments of lab.tcp over settings, of which it changes those that are named.
func (c call) tcp(s *tcp.Settings) (nodes starlark.Value, err error) {
	congestion, rto := s.Congestion.String(), span{Duration: s.MinRTO}
	err = load.UnpackArgs("lab.tcp", c.args, c.kwargs, "nodes??", &nodes, "congestion?", &congestion,
		"delayed_ack?", &s.DelayedAck, "nagle?", &s.Nagle, "initial_window?", &s.InitialWindow, "min_rto?", &rto)
	if err != nil {
		return nil, err
	}
	control := slices.Index(tcp.Congestions, congestion)
	if control < 0 {
		msg, hint := spell.Unknown("congestion control", congestion, tcp.Congestions)
		return nil, star.Errorf(hint, "lab.tcp: congestion: %s", msg)
	}
	s.Congestion, s.MinRTO = tcp.Congestion(control), rto.Duration
	if err := s.Validate(); err != nil {
		return nil, star.Errorf("the defaults are lab.tcp(initial_window = 10, min_rto = 200*ms)", "lab.tcp: %v", err)
	}
	return nodes, nil
}

// tcpState lists the settings in force of the nodes that the words name, or of all.
func (r *run) tcpState(words []string) (string, error) {
	group := r.nodes
	args, _, err := r.arguments(words[1:], nil)
	if err == nil && len(args) > 0 {
		group, err = r.group(args[0])
	}
	if err != nil {
		return "", r.explain(fmt.Errorf("tcp: %w", err))
	}
	return table(func(row func(...string)) {
		for _, n := range group {
			row(n.name, "congestion="+n.tcp.Congestion.String(), "delayed_ack="+starlark.Bool(n.tcp.DelayedAck).String(),
				"nagle="+starlark.Bool(n.tcp.Nagle).String(), "initial_window="+strconv.Itoa(n.tcp.InitialWindow),
				"min_rto="+value.Short(n.tcp.MinRTO))
		}
	}), nil
}

func (r *run) findConnections(args starlark.Tuple, kwargs []starlark.Tuple) ([]network.Connection, error) {
	var a, b starlark.Value
	if err := load.UnpackArgs("lab.connections", args, kwargs, "a??", &a, "b??", &b); err != nil {
		return nil, err
	}
	var names [2]string
	for i, v := range []starlark.Value{a, b} {
		if v == nil {
			continue
		}
		n, err := r.node(v)
		if err != nil {
			return nil, fmt.Errorf("lab.connections: %s: %w", "ab"[i:i+1], err)
		}
		names[i] = n.name
	}
	return r.engine.Connections(names[0], names[1])
}

// connection is what a script sees of one end. What the network does not model is None.
func (r *run) connection(c network.Connection) starlark.Value {
	known := func(v starlark.Value) starlark.Value {
		if !c.Modelled {
			return starlark.None
		}
		return v
	}
	fields := []struct {
		name  string
		value starlark.Value
	}{
		{"src", r.byName[c.Src]}, {"dst", r.byName[c.Dst]}, {"port", starlark.MakeInt(c.Port)}, {"dialled", starlark.Bool(c.Dialled)},
		{"cwnd", known(starlark.MakeInt(c.Cwnd))}, {"rtt", known(star.Duration(c.RTT))},
		{"retransmits", known(starlark.MakeInt(c.Retransmits))}, {"acked", known(starlark.MakeInt64(c.Acked))},
		{"waiting", known(starlark.MakeInt64(c.Waiting))},
		{"unread", known(starlark.MakeInt64(c.Unread))},
	}
	kwargs := make([]starlark.Tuple, len(fields))
	for i, f := range fields {
		kwargs[i] = starlark.Tuple{starlark.String(f.name), f.value}
	}
	return star.StructOf(kwargs)
}

// connectionsState lists connections for people, one line for each end that sends.
func (r *run) connectionsState(words []string) (string, error) {
	args, kwargs, err := r.arguments(words[1:], nil)
	if err != nil {
		return "", r.explain(err)
	}
	list, err := r.findConnections(args, kwargs)
	if err != nil {
		return "", r.explain(err)
	}
	if len(list) == 0 {
		return "no connection is open\n", nil
	}
	return table(func(row func(...string)) {
		for _, c := range list {
			from, to := c.Src, string(value.MakeAddr(c.Dst, c.Port))
			if !c.Dialled {
				from, to = string(value.MakeAddr(c.Src, c.Port)), c.Dst
			}
			how := []string{"over ideal links"}
			if c.Modelled {
				how = []string{"cwnd=" + strconv.Itoa(c.Cwnd), "rtt=" + value.Short(c.RTT), "retransmits=" + strconv.Itoa(c.Retransmits),
					"acked=" + strconv.FormatInt(c.Acked, 10), "waiting=" + strconv.FormatInt(c.Waiting, 10), "unread=" + strconv.FormatInt(c.Unread, 10)}
			}
			row(append([]string{from + " -> " + to}, how...)...)
		}
	}), nil
}
