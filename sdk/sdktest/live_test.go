package sdktest

import (
	"strings"
	"testing"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// liveSample starts a node of kind sample on real sockets and waits until it is ready.
func liveSample(t *testing.T) *session {
	t.Helper()
	s := open(t, samplePlugin())
	openWorld(s, 1, &wire.Open{Seed: 1, Live: true, Logs: true})
	start := sampleStart("n1")
	start.Incarnation = 4
	start.Place = &wire.Place{Address: "127.0.0.1", Socks: "127.0.0.1:1", Directory: t.TempDir()}
	s.send(&wire.Command{World: 1, Of: &wire.Command_Start{Start: start}})
	s.await(1, "ready", func(r *wire.Report) bool { return r.GetReady() != nil })
	return s
}

func liveCall(s *session, call *wire.Call) *wire.Reply {
	s.t.Helper()
	call.Node = "n1"
	s.send(&wire.Command{World: 1, Of: &wire.Command_Call{Call: call}})
	return s.await(1, "the answer", func(r *wire.Report) bool { return r.GetReply().GetCall() == call.Id }).GetReply()
}

func TestLiveMethodsAnswer(t *testing.T) {
	s := liveSample(t)
	if r := liveCall(s, &wire.Call{Id: 1, Method: "greet"}); valueOf(t, r) != "hello from n1" || r.GetAt() == 0 {
		t.Errorf("greet: got %v", r)
	}
	object, _ := valueOf(t, liveCall(s, &wire.Call{Id: 2, Method: "open"})).(value.Object)
	if object.Incarnation != 4 || object.ID != 1 {
		t.Errorf("open: got %v", object)
	}
	r := liveCall(s, &wire.Call{Id: 3, Method: "number", Object: object.ID, Incarnation: 4})
	if r.GetStatus() != wire.Reply_OK {
		t.Errorf("number: got %v", r)
	}
	r = liveCall(s, &wire.Call{Id: 4, Method: "number", Object: object.ID, Incarnation: 3})
	if r.GetStatus() != wire.Reply_FAILED || r.GetError() != "n1 restarted" {
		t.Errorf("an old object: got %v", r)
	}
	s.close(1)
}

func TestLiveCallsInFlightAtTheEndAreUnknown(t *testing.T) {
	s := liveSample(t)
	s.send(&wire.Command{World: 1, Of: &wire.Command_Call{Call: &wire.Call{Id: 1, Node: "n1", Method: "hangs"}}})
	closed := s.close(1)
	r := s.await(1, "the answer", func(r *wire.Report) bool { return r.GetReply() != nil }).GetReply()
	if r.GetStatus() != wire.Reply_UNKNOWN || closed.GetError() != "" {
		t.Errorf("got %v, closed %v", r, closed)
	}
}

func TestABarrierComesAfterWhatWasEmittedBefore(t *testing.T) {
	s := liveSample(t)
	for id := range int64(100) {
		liveCall(s, &wire.Call{Id: id + 1, Method: "tick"})
	}
	s.send(&wire.Command{World: 1, Of: &wire.Command_Barrier{Barrier: &wire.Barrier{Id: 9}}})
	s.await(1, "the barrier", func(r *wire.Report) bool { return r.GetBarrier().GetId() == 9 })
	s.mu.Lock()
	defer s.mu.Unlock()
	n, last := int64(0), int64(0)
	for _, r := range s.reports {
		e := r.GetEvent()
		if e == nil {
			continue
		}
		n++
		if got := e.GetFields().GetFields()[0].GetValue().GetInteger(); got != n || e.GetAt() < last {
			t.Errorf("event %d: got number %d at %d, after %d", n, got, e.GetAt(), last)
		}
		last = e.GetAt()
	}
	if n != 100 {
		t.Errorf("%d of 100 events had come when the barrier came", n)
	}
}

func TestALivePanicIsReportedWithItsStack(t *testing.T) {
	s := liveSample(t)
	s.send(&wire.Command{World: 1, Of: &wire.Command_Call{Call: &wire.Call{Id: 1, Node: "n1", Method: "explode"}}})
	f := s.await(1, "the failure", func(r *wire.Report) bool { return r.GetFailure() != nil }).GetFailure()
	if f.GetNode() != "n1" || f.GetError() != "panic: boom at n1" || !strings.Contains(f.GetStack(), "explode") {
		t.Errorf("got %v", f)
	}
	s.close(1)
}

func TestALiveNodeThatCannotStartFails(t *testing.T) {
	starts := map[string]*wire.Start{
		"its place": {Node: "n1", Kind: "sample"},
		"no kind":   {Node: "n1", Kind: "simple", Place: &wire.Place{Address: "127.0.0.1"}},
		"config": {Node: "n1", Kind: "sample", Place: &wire.Place{Address: "127.0.0.1"},
			Config: wire.ToFields(sdk.Fields{{Name: "greting", Value: "x"}})},
		"told to fail": {Node: "n1", Kind: "sample", Place: &wire.Place{Address: "127.0.0.1"},
			Config: wire.ToFields(sdk.Fields{{Name: "fail", Value: true}})},
	}
	for want, start := range starts {
		s := open(t, samplePlugin())
		openWorld(s, 1, &wire.Open{Live: true})
		s.send(&wire.Command{World: 1, Of: &wire.Command_Start{Start: start}})
		f := s.await(1, "the failure", func(r *wire.Report) bool { return r.GetFailure() != nil }).GetFailure()
		if !strings.Contains(f.GetError(), want) {
			t.Errorf("got %q, want one with %q", f.GetError(), want)
		}
		s.close(1)
	}
}

// listener opens a port and says how that went.
type listener struct{}

// Run listens.
func (listener) Run(e sdk.Env) error {
	_, err := e.Listen(0)
	return err
}

func TestAListenerWaitsForTheHostsWord(t *testing.T) {
	plugin := sdk.Plugin{Name: "p", Kinds: []sdk.Kind{{Name: "listener", New: func() sdk.Component { return listener{} }}}}
	for _, refusal := range []string{"", "the run is over"} {
		s := open(t, plugin)
		openWorld(s, 1, &wire.Open{Live: true})
		roster := &wire.Roster{Entries: []*wire.Roster_Entry{{Node: "n1", Address: "127.0.0.1"}}}
		s.send(
			&wire.Command{World: 1, Of: &wire.Command_Roster{Roster: roster}},
			&wire.Command{World: 1, Of: &wire.Command_Start{Start: &wire.Start{
				Node: "n1", Kind: "listener", Place: &wire.Place{Address: "127.0.0.1"},
			}}},
		)
		s.await(1, "the roster's receipt", func(r *wire.Report) bool { return r.GetRosterOk() != nil })
		l := s.await(1, "the listener", func(r *wire.Report) bool { return r.GetListening() != nil }).GetListening()
		if l.GetNode() != "n1" || l.GetNetwork() != "tcp" || !strings.HasPrefix(l.GetReal(), "127.0.0.1:") ||
			l.GetPort() == 0 {
			t.Errorf("got %v", l)
		}
		ok := &wire.ListeningOk{Id: l.GetId(), Error: refusal}
		s.send(&wire.Command{World: 1, Of: &wire.Command_ListeningOk{ListeningOk: ok}})
		if refusal == "" {
			s.await(1, "ready", func(r *wire.Report) bool { return r.GetReady() != nil })
			s.close(1)
			s.await(1, "the end of the port", func(r *wire.Report) bool { return r.GetUnlistening().GetPort() == l.GetPort() })
			continue
		}
		f := s.await(1, "the failure", func(r *wire.Report) bool { return r.GetFailure() != nil }).GetFailure()
		if !strings.Contains(f.GetError(), refusal) {
			t.Errorf("got %v", f)
		}
		s.close(1)
	}
}

func TestAPortThatTheHostNeverAnsweredDoesNotHoldUpTheEnd(t *testing.T) {
	plugin := sdk.Plugin{Name: "p", Kinds: []sdk.Kind{{Name: "listener", New: func() sdk.Component { return listener{} }}}}
	s := open(t, plugin)
	openWorld(s, 1, &wire.Open{Live: true})
	s.send(&wire.Command{World: 1, Of: &wire.Command_Start{Start: &wire.Start{
		Node: "n1", Kind: "listener", Place: &wire.Place{Address: "127.0.0.1"},
	}}})
	s.await(1, "the listener", func(r *wire.Report) bool { return r.GetListening() != nil })
	if closed := s.close(1); closed.GetError() != "" {
		t.Errorf("got %v", closed)
	}
}
