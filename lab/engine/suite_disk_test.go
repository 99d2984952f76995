package engine_test

import (
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/sdk/link"
)

// slowDisks has no sync that was not told to take long: what a sync takes in live is the machine's affair.
func slowDisks(s *stage) {
	const long = 5 * time.Second
	put := func(node string) time.Duration {
		start := s.Now()
		s.want("", node, "put", "file", "log", "data", "x")
		return s.Now() - start
	}
	want := func(what string, got, sim time.Duration) {
		if s.live {
			sim = 0
		}
		s.wantAbout(what, got, sim)
	}
	s.do(engine.SetDisk{Sync: link.NewFixed(long)}) // before there is a node
	s.add("probe", nil, "n1", "n2")
	s.do(engine.SetDisk{Nodes: []string{"n2"}, Sync: link.NewFixed(2 * long)})
	want("on every node", put("n1"), long)
	want("on one node", put("n2"), 2*long)
	s.add("probe", nil, "n3")
	want("on a later node", put("n3"), long)
	s.do(engine.Crash{Node: "n2"}, s.restart("n2"))
	want("after a restart", put("n2"), 2*long)
	s.do(engine.SetDisk{Sync: link.NewFixed(0)})
	for _, node := range []string{"n1", "n2", "n3"} {
		want("on all nodes again", put(node), 0)
	}
	for _, c := range []engine.SetDisk{{Nodes: []string{"n9"}}, {Sync: link.NewFixed(-1)}, {Sync: link.NewUniform(2, 1)}} {
		if err := s.Apply(c); err == nil {
			s.Errorf("%+v is accepted", c)
		}
	}
}

// killedDisk has processes that die while their machine goes on, one of them paused: what they wrote is there, and counts as
// synced, also on n3, which does not ask for its disk before the next crash. A loss of power then takes what was written since.
func killedDisk(s *stage) {
	s.add("probe", nil, "n1", "n2", "n3")
	for _, node := range []string{"n1", "n2", "n3"} {
		s.want("", node, "put", "file", "log", "data", "synced")
		s.want("", node, "put", "file", "log", "data", "written", "sync", false)
		s.want("", node, "put", "file", "new", "data", "written", "sync", false)
	}
	s.do(engine.Pause{Node: "n2"})
	s.do(engine.Crash{Node: "n1", Kept: true}, engine.Crash{Node: "n2", Kept: true}, engine.Crash{Node: "n3", Kept: true})
	s.do(s.restart("n1"), s.restart("n2"), s.restart("n3"))
	for _, node := range []string{"n1", "n2"} {
		s.want("written", node, "get", "file", "log")
		s.want("written", node, "get", "file", "new")
		s.want("", node, "put", "file", "log", "data", "written later", "sync", false)
	}
	s.do(engine.Crash{Node: "n1"}, engine.Crash{Node: "n2", Kept: true}, engine.Crash{Node: "n3"})
	s.do(s.restart("n1"), s.restart("n2"), s.restart("n3"))
	s.want("written", "n3", "get", "file", "log")
	s.want("written", "n1", "get", "file", "log")
	s.want("written later", "n2", "get", "file", "log")
}

func allNodes(s *stage) {
	s.add("probe", nil, "n2", "n1")
	s.want("n2 n1", "n1", "nodes")
	s.add("probe", nil, "a")
	for _, node := range []string{"n1", "n2", "a"} {
		s.want("n2 n1 a", node, "nodes")
	}
}
