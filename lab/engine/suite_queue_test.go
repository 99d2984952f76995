package engine_test

import (
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

func queueDatagrams(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.links("n1", "n2", engine.Patch{"rate": 80 * link.Kbit, "queue": int64(5000)})
	s.want("", "n1", "bind", "port", 9000)
	s.want("", "n2", "bind", "port", 9001)
	s.want("", "n2", "send", "port", 9001, "to", value.Addr("n1:9000"), "size", 900, "times", 20)
	got := s.call("n1", "count", "port", 9000, "most", 20, "within", 500*time.Millisecond)
	if n := field[int64](s, got, "count"); n < 5 || n > 7 {
		s.Errorf("%d datagrams of 900 bytes came through a queue of 5000 bytes, want 5 to 7", n)
	}
	s.note("came", field[int64](s, got, "count"))
	s.wantField(got, "src", "n2:9001")
}

func queueStream(s *stage) {
	const size = 20_000
	s.add("probe", nil, "n1", "n2")
	s.links("n1", "n2", engine.Patch{"rate": 800 * link.Kbit, "queue": int64(5000)})
	s.connect("n1", "n2", 8000)
	start := s.Now()
	s.begin("n2", "flood", args{"conn", "c", "size", size})
	drunk := s.call("n1", "drink", "conn", "c", "size", size)
	s.wantField(drunk, "size", size)
	s.wantField(drunk, "why", "")
	if took := s.Now() - start; took < 190*time.Millisecond {
		s.Errorf("%d bytes at 100 kB/s took %v, want 0.2s", size, took)
	}
}

func largest(s *stage) {
	s.add("probe", nil, "n1", "n2")
	s.want("", "n1", "bind", "port", 9000)
	s.want("", "n2", "bind", "port", 9001)
	s.want("", "n2", "send", "port", 9001, "to", value.Addr("n1:9000"), "size", sdk.MaxDatagram)
	got := s.call("n1", "count", "port", 9000, "most", 1, "within", 5*time.Second)
	s.wantField(got, "count", 1)
	s.wantField(got, "size", sdk.MaxDatagram)
	s.want("too large", "n2", "send", "port", 9001, "to", value.Addr("n1:9000"), "size", sdk.MaxDatagram+1)
}
