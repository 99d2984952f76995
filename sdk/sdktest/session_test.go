package sdktest

import (
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/wire"
)

func change(of any) *wire.Change {
	switch of := of.(type) {
	case *wire.Start:
		return &wire.Change{Of: &wire.Change_Start{Start: of}}
	case *wire.Change_Crash:
		return &wire.Change{Of: of}
	case *wire.Change_AddEffect:
		return &wire.Change{Of: of}
	}
	panic(of)
}

func openWorld(s *session, world uint64, o *wire.Open) {
	s.send(&wire.Command{World: world, Of: &wire.Command_Open{Open: o}})
}

func sampleStart(node string) *wire.Start { return &wire.Start{Node: node, Kind: "sample"} }

func napCall(id int64, d time.Duration) *wire.Call {
	return &wire.Call{Id: id, Node: "n1", Method: "nap", Arguments: wire.ToFields(sdk.Fields{{Name: "d", Value: d}})}
}

// valueOf is what a reply holds.
func valueOf(t *testing.T, r *wire.Reply) any {
	t.Helper()
	value, err := wire.DecodeValue(r.GetValue())
	if err != nil {
		t.Fatalf("%v: %v", r, err)
	}
	return value
}

func TestAnAdvanceEndsWithTheFirstAnswerInWake(t *testing.T) {
	s := open(t, samplePlugin())
	openWorld(s, 1, &wire.Open{Seed: 1})
	p := s.advance(1, &wire.Advance{
		Changes: []*wire.Change{change(sampleStart("n1"))},
		Calls:   []*wire.Call{napCall(1, time.Second), napCall(2, 2*time.Second), napCall(3, 3*time.Second)},
		Wake:    []int64{3, 2}, Until: int64(time.Hour),
	})
	if len(p.GetReplies()) != 2 || p.GetNow() != int64(2*time.Second) || p.GetReplies()[1].GetCall() != 2 {
		t.Errorf("got %v, want the answers to 1 and 2, at 2s", p)
	}
	p = s.advance(1, &wire.Advance{Until: int64(10 * time.Second)})
	if p.GetNow() != int64(10*time.Second) || len(p.GetReplies()) != 1 || !p.GetQuiescent() || len(p.GetWaiting()) != 1 {
		t.Errorf("got %v, want the answer to 3, quiescence at 10s, and one task that waits", p)
	}
	closed := s.close(1)
	if closed.GetDigest() == 0 || closed.GetSteps() == 0 || closed.GetNow() != int64(10*time.Second) {
		t.Errorf("got %v", closed)
	}
}

func TestOnlyAFullTraceHasCallsInIt(t *testing.T) {
	s := open(t, samplePlugin())
	var digests [2]uint64
	for world, full := range []bool{false, true} {
		openWorld(s, uint64(world), &wire.Open{Seed: 1, Full: full})
		p := s.advance(uint64(world), &wire.Advance{
			Changes: []*wire.Change{change(sampleStart("n1"))}, Calls: []*wire.Call{{Id: 1, Node: "n1", Method: "tick"}},
		})
		var names []string
		for _, e := range p.GetEvents() {
			names = append(names, e.GetName())
		}
		want := map[bool]string{false: "ticked", true: "called ticked answered"}[full]
		if got := strings.Join(names, " "); got != want {
			t.Errorf("full %v: got events %q, want %q", full, got, want)
		}
		digests[world] = s.close(uint64(world)).GetDigest()
	}
	if digests[0] != digests[1] {
		t.Errorf("the level of the trace changes the digest: %x and %x", digests[0], digests[1])
	}
}

func TestWorldsOfOneProcessDoNotMeet(t *testing.T) {
	s := open(t, samplePlugin())
	const worlds = 20
	for world := range uint64(worlds) {
		openWorld(s, world, &wire.Open{Seed: world % 2})
		s.send(&wire.Command{World: world, Of: &wire.Command_Advance{Advance: &wire.Advance{
			Changes: []*wire.Change{change(sampleStart("n1"))},
			Calls:   []*wire.Call{{Id: 1, Node: "n1", Method: "tick"}, {Id: 2, Node: "n1", Method: "open"}},
		}}})
	}
	digests := map[uint64]uint64{}
	for world := range uint64(worlds) {
		r := s.await(world, "the progress", func(r *wire.Report) bool { return r.GetProgress() != nil })
		if got := valueOf(t, r.GetProgress().GetReplies()[0]); got != int64(1) {
			t.Errorf("world %d: tick answered %v: another world has ticked", world, got)
		}
		digest := s.close(world).GetDigest()
		if seen, ok := digests[world%2]; ok && seen != digest {
			t.Errorf("world %d: digest %x, another of the same seed has %x", world, digest, seen)
		}
		digests[world%2] = digest
	}
}

func TestWhatAFaultMeetsIsCounted(t *testing.T) {
	s := open(t, samplePlugin())
	openWorld(s, 1, &wire.Open{})
	pair := &wire.Pair{From: "n1", To: "n2"}
	p := s.advance(1, &wire.Advance{
		Changes: []*wire.Change{
			change(sampleStart("n1")), change(sampleStart("n2")),
			change(&wire.Change_AddEffect{AddEffect: &wire.LinkFault{Link: pair, Fault: 7}}),
		},
		Meters: true,
	})
	if m := p.GetMeters(); len(m) != 1 || m[0].GetFault() != 7 || m[0].GetCount() != 0 {
		t.Errorf("got meters %v, want fault 7 at 0", m)
	}
}

func TestNodesThatDoNotExistAreNoMystery(t *testing.T) {
	s := open(t, samplePlugin())
	openWorld(s, 1, &wire.Open{})
	p := s.advance(1, &wire.Advance{Calls: []*wire.Call{{Id: 1, Node: "n9", Method: "tick"}}})
	if r := p.GetReplies()[0]; r.GetStatus() != wire.Reply_FAILED || r.GetError() != "n9 is not running" {
		t.Errorf("a call: got %v", r)
	}
	p = s.advance(1, &wire.Advance{Changes: []*wire.Change{change(&wire.Change_Crash{Crash: "n9"})}})
	if p.GetError() != `there is no node "n9"` {
		t.Errorf("a crash: got %q", p.GetError())
	}
	if p = s.advance(1, &wire.Advance{}); p.GetError() == "" {
		t.Error("a world that cannot go on went on")
	}
	s.close(1)
	s.send(&wire.Command{World: 1, Of: &wire.Command_Close{Close: &wire.Close{}}}) // a world that is gone: no answer
	s.describe()
}

func TestLogsAreReportedWhenWanted(t *testing.T) {
	s := open(t, samplePlugin())
	openWorld(s, 1, &wire.Open{Logs: true})
	s.advance(1, &wire.Advance{Changes: []*wire.Change{change(sampleStart("n1"))}})
	r := s.await(1, "a line of log", func(r *wire.Report) bool { return r.GetLog() != nil })
	if l := r.GetLog(); l.GetNode() != "n1" || !strings.Contains(l.GetLine(), "up: greeting=hello") {
		t.Errorf("got %v", l)
	}
}

func TestAWorldThatIsLeftOpenEndsWithTheSession(t *testing.T) {
	s := open(t, samplePlugin())
	openWorld(s, 1, &wire.Open{})
	s.advance(1, &wire.Advance{Changes: []*wire.Change{change(sampleStart("n1"))}})
	s.end() // goleak says whether that was all
}

// A node that is busy without end is not asked for what is drawn after each step, and what it was at the end is told.
func TestABusyNodeIsAskedAsOftenAsAPictureCanShow(t *testing.T) {
	asked := 0
	s := open(t, sdk.Plugin{Name: "busy", Kinds: []sdk.Kind{{
		Name: "busy", New: func() sdk.Component { return &busy{} }, Messages: sdk.NoMessages,
		Methods: []sdk.Method{sdk.Func("turns", "", func(b *busy, _ sdk.Env) (turned, error) {
			asked++
			return turned{b.turns}, nil
		}).Query()},
	}}})
	openWorld(s, 1, &wire.Open{Seed: 1, Lanes: true})
	var last *wire.Sample
	told := 0
	for now := 1; now <= 10; now++ {
		p := s.advance(1, &wire.Advance{Changes: startOnce(now == 1), Until: int64(now) * int64(time.Second)})
		told += len(p.GetSamples())
		last = p.GetSamples()[len(p.GetSamples())-1]
	}
	if asked != told || asked > 12_000 || asked < 1000 {
		t.Errorf("asked %d times in 100,000 steps, told %d changes", asked, told)
	}
	if last.GetValue().GetInteger() != 100_000 || last.GetName() != "turns" || last.GetNode() != "n1" {
		t.Errorf("the last sample is %v", last)
	}
}

func startOnce(now bool) []*wire.Change {
	if !now {
		return nil
	}
	return []*wire.Change{change(&wire.Start{Node: "n1", Kind: "busy"})}
}

// busy counts its turns, one every 100 us.
type busy struct{ turns int }

type turned struct {
	Turns int `lab:"turns,draw"`
}

func (b *busy) Run(env sdk.Env) error {
	for {
		b.turns++
		if err := env.Sleep(100 * time.Microsecond); err != nil {
			return err
		}
	}
}
