package engine_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/network"
	"github.com/netlab-dev/netlab/sdk/tcp"
)

func (s *stage) connections(a, b string) []network.Connection {
	s.Helper()
	list, err := s.Engine.Connections(a, b)
	if err != nil {
		s.Fatal(err)
	}
	return list
}

// openConnections asks both ends of connections on ideal links, where live has no windows.
func openConnections(s *stage) {
	if n := len(s.connections("", "")); n > 0 {
		s.Errorf("%d connections before there is a node", n)
	}
	s.add("probe", nil, "n1", "n2", "n3")
	s.connect("n2", "n1", 8000)
	s.connect("n1", "n3", 8001)
	told := func(a, b string) (lines []string) {
		for _, c := range s.connections(a, b) {
			lines = append(lines, fmt.Sprint(c.Src, " ", c.Dst, " ", c.Port, " ", c.Dialled))
		}
		return lines
	}
	want := func(a, b string, lines ...string) {
		if got := told(a, b); fmt.Sprint(got) != fmt.Sprint(lines) {
			s.Errorf("connections of %q with %q: %q, want %q", a, b, got, lines)
		}
	}
	s.eventually("all four ends are open", func() bool { return len(told("", "")) == 4 })
	want("", "", "n1 n2 8000 true", "n1 n3 8001 false", "n2 n1 8000 false", "n3 n1 8001 true")
	want("n3", "", "n1 n3 8001 false", "n3 n1 8001 true")
	want("n2", "n1", "n1 n2 8000 true", "n2 n1 8000 false")
	want("n2", "n3")
	s.do(engine.Crash{Node: "n3"})
	s.eventually("those of a dead node are gone", func() bool { return len(told("n3", "")) == 0 })
}

// settingsOfTCP are those of the dialler when the connection was opened.
func settingsOfTCP(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.links("n1", "n2", engine.Patch{"latency": link.NewFixed(10 * time.Millisecond)})
	settings := tcp.Default
	settings.InitialWindow = 7
	s.do(engine.SetTCP{Nodes: []string{"n1"}, Settings: settings})
	s.connect("n2", "n1", 8000)
	settings.InitialWindow = 3
	s.do(engine.SetTCP{Settings: settings}) // of nodes with settings of their own, too; of open connections not
	s.add("probe", nil, "n3")
	s.links("n2", "n3", engine.Patch{"latency": link.NewFixed(10 * time.Millisecond)})
	s.connect("n2", "n1", 8001)
	s.connect("n2", "n3", 8002)
	var windows []int
	for _, c := range s.connections("n2", "") {
		if c.Dialled {
			windows = append(windows, c.Cwnd)
		}
	}
	if want := []int{7, 3, 3}; !slices.Equal(windows, want) {
		s.Errorf("windows are %v segments, want %v", windows, want)
	}
	settings.InitialWindow = 0
	for _, c := range []engine.Change{engine.SetTCP{Settings: settings}, engine.SetTCP{Nodes: []string{"n9"}, Settings: tcp.Default}} {
		if err := s.Apply(c); err == nil {
			s.Errorf("%+v is accepted", c)
		}
	}
}
