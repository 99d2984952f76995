package sdktest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/value"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Sample is a component with one method for each thing that a method can do.
type Sample struct {
	Greeting string `lab:"greeting,default=hello,doc=what it says"`
	Fail     bool   `lab:"fail,default=false,doc=fails at once"`
	runs     int
	inbox    *sdk.Mailbox[func(int)]
}

// Ticked is what a Sample emits.
type Ticked struct{ N int }

type thing struct{ n int }

type napArgs struct {
	D time.Duration `lab:"d"`
}

// Run answers what its inbox asks.
func (s *Sample) Run(e sdk.Env) error {
	if s.Fail {
		return errors.New("told to fail")
	}
	s.inbox = sdk.NewMailbox[func(int)](e)
	e.Log().Info("up", "greeting", s.Greeting)
	for {
		answer, err := s.inbox.Recv(time.Time{})
		if err != nil {
			return err
		}
		s.runs++
		e.Emit(Ticked{s.runs})
		answer(s.runs)
	}
}

func (s *Sample) greet(e sdk.Env) (string, error) { return s.Greeting + " from " + e.Node(), nil }

func (s *Sample) tick(e sdk.Env) (int, error) {
	return sdk.Ask(e, s.inbox, func(answer func(int)) func(int) { return answer })
}

func (s *Sample) nap(e sdk.Env, a napArgs) error { return e.Sleep(a.D) }

func (s *Sample) explode(e sdk.Env) error { panic("boom at " + e.Node()) }

func (s *Sample) open(e sdk.Env) (*thing, error) { return &thing{e.Rand().IntN(1000)}, nil }

func (s *Sample) hangs(e sdk.Env) error { return e.Sleep(365 * 24 * time.Hour) }

func (th *thing) number(sdk.Env) (int, error) { return th.n, nil }

func samplePlugin() sdk.Plugin {
	return sdk.Plugin{Name: "sample", Kinds: []sdk.Kind{{
		Name: "sample", Doc: "a sample", New: func() sdk.Component { return &Sample{} },
		Methods: []sdk.Method{
			sdk.Func("greet", "", (*Sample).greet), sdk.Func("tick", "", (*Sample).tick), sdk.Func("nap", "", (*Sample).nap),
			sdk.Func("explode", "", (*Sample).explode), sdk.Func("open", "", (*Sample).open),
			sdk.Func("hangs", "", (*Sample).hangs),
		},
		Objects: []sdk.ObjectType{{Name: "thing", Of: (*thing)(nil), Methods: []sdk.Method{
			sdk.Func("number", "", (*thing).number),
		}}},
		Events: []any{Ticked{}},
	}}}
}

func TestTheSuiteAcceptsAPluginThatIsRight(t *testing.T) { Run(t, samplePlugin()) }

func sampleBench(t *testing.T) *Bench {
	b := NewBench(t, samplePlugin(), 1)
	b.Add("n1", "sample", nil)
	return b
}

func TestAMethodThatDoesNotWaitTakesNoVirtualTime(t *testing.T) {
	b := sampleBench(t)
	b.Run(time.Second)
	for _, method := range []string{"greet", "tick"} { // tick asks the main loop, which answers at the same instant
		if a := b.Call("n1", method, nil); !a.OK || a.At != time.Second || b.Now() != time.Second {
			t.Errorf("%s: %+v, now %v, want an answer at 1s", method, a, b.Now())
		}
	}
}

func TestAMethodThatWaitsTakesItsTime(t *testing.T) {
	b := sampleBench(t)
	nap := b.Begin("n1", "nap", sdk.Fields{{Name: "d", Value: 3 * time.Second}})
	b.Run(time.Second)
	if a := b.Call("n1", "greet", nil); a.At != time.Second || a.Value != "hello from n1" {
		t.Errorf("beside it: %+v", a)
	}
	if a := b.Await(nap); !a.OK || a.At != 3*time.Second || b.Now() != 3*time.Second {
		t.Errorf("got %+v, now %v, want an answer at 3s", a, b.Now())
	}
}

func TestACallInFlightWhenTheNodeDiesIsUnknown(t *testing.T) {
	b := sampleBench(t)
	call := b.Begin("n1", "hangs", nil)
	b.Run(time.Second)
	b.Crash("n1")
	if a := b.Await(call); !a.Unknown || a.Error != "n1 stopped" || a.At != time.Second {
		t.Errorf("got %+v", a)
	}
}

func TestObjectsDieWithTheirIncarnation(t *testing.T) {
	b := sampleBench(t)
	first := b.Call("n1", "open", nil).Value.(value.Object)
	second := b.Call("n1", "open", nil).Value.(value.Object)
	if first.ID == second.ID {
		t.Errorf("two objects are both %v", first)
	}
	if a := b.CallObject(first, "number", nil); !a.OK {
		t.Errorf("got %+v", a)
	}
	b.Crash("n1")
	b.Restart("n1")
	if a := b.CallObject(first, "number", nil); a.OK || a.Unknown || a.Error != "n1 restarted" {
		t.Errorf("after the restart: got %+v", a)
	}
	if third := b.Call("n1", "open", nil).Value.(value.Object); third.Incarnation != 1 || third.ID != 1 {
		t.Errorf("the new incarnation counts from 1: got %+v", third)
	}
}

func TestAPanicInAMethodIsTheNodesFailure(t *testing.T) {
	b := sampleBench(t)
	if a := b.Call("n1", "explode", nil); !a.Unknown {
		t.Errorf("got %+v, want unknown", a)
	}
	failures := b.Failures()
	if len(failures) != 1 || !strings.Contains(failures[0], "panic: boom at n1") || !strings.Contains(failures[0],
		"explode") {
		t.Errorf("got failures %q, want the panic with its stack", failures)
	}
}

func TestAnErrorOfRunIsTheNodesFailure(t *testing.T) {
	b := NewBench(t, samplePlugin(), 1)
	b.Add("n1", "sample", sdk.Fields{{Name: "fail", Value: true}})
	b.Run(time.Second)
	if failures := b.Failures(); len(failures) != 1 || failures[0] != "n1 at 0s: told to fail" {
		t.Errorf("got failures %q", failures)
	}
}

func TestEventsAreReportedInOrder(t *testing.T) {
	b := sampleBench(t)
	for range 3 {
		b.Call("n1", "tick", nil)
		b.Run(time.Second)
	}
	var got []string
	for _, e := range b.Events() {
		got = append(got, fmt.Sprintf("%v %s %s %v", e.At, e.Node, e.Name, e.Get("n")))
	}
	if diff := cmp.Diff([]string{"0s n1 ticked 1", "1s n1 ticked 2", "2s n1 ticked 3"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAFunctionOfTheBenchEmitsWhatThePluginsKindsDo(t *testing.T) {
	b := sampleBench(t)
	b.Do(func(e sdk.Env) { e.Emit(&Ticked{7}) })
	if got := b.Events(); len(got) != 1 || got[0].Name != "ticked" || got[0].Get("n") != int64(7) {
		t.Errorf("got %v, want the event", got)
	}
}

func TestAnEventThatTheKindDoesNotListIsTheNodesFailure(t *testing.T) {
	type Tocked struct{}
	b := sampleBench(t)
	b.Begin("n1", "nap", sdk.Fields{{Name: "d", Value: time.Hour}})
	b.DoOn("n2", func(e sdk.Env) {
		defer func() {
			const want = `emit: sdktest.Tocked is not among the Events of kind "sdktest-bench": list sdktest.Tocked{} there`
			if got := recover(); got != want {
				t.Errorf("panic %v, want %q", got, want)
			}
		}()
		e.Emit(Tocked{})
	})
	if got := b.Events(); len(got) > 0 {
		t.Errorf("it is in the trace: %v", got)
	}
}

func TestCallsAndAnswersAreInTheDigest(t *testing.T) {
	digest := func(seed uint64, method string, args sdk.Fields) uint64 {
		b := NewBench(t, samplePlugin(), seed)
		b.Add("n1", "sample", nil)
		b.Call("n1", method, args)
		return b.Close()
	}
	nap := func(d time.Duration) sdk.Fields { return sdk.Fields{{Name: "d", Value: d}} }
	same := [2]uint64{digest(1, "nap", nap(0)), digest(1, "nap", nap(0))}
	if same[0] != same[1] {
		t.Errorf("two runs alike: %x and %x", same[0], same[1])
	}
	others := map[string]uint64{
		"another argument": digest(1, "nap", nap(-1)), "another method": digest(1, "greet", nil),
		"no such method": digest(1, "greed", nil),
	}
	for what, other := range others {
		if other == same[0] {
			t.Errorf("%s gives the same digest", what)
		}
	}
}
