package load

import (
	"errors"
	"testing"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/lab/trouble"
)

func TestTheRunWhoseScriptHoldsMostIsEndedFirst(t *testing.T) {
	set, cause := &stopperSet{}, errors.New("too much")
	small, large, larger := &Stopper{}, &Stopper{}, &Stopper{}
	for s, bytes := range map[*Stopper]uint64{small: 10, large: 1 << 20, larger: 2 << 20} {
		s.Holds.Store(bytes)
		defer set.Watch(s)()
	}
	for _, want := range []*Stopper{larger, large, small} {
		if got := set.stopLargest(cause); got != want || want.Stopped() != cause {
			t.Errorf("ended the one that holds %d bytes, want %d", got.Holds.Load(), want.Holds.Load())
		}
	}
	if set.stopLargest(cause) != nil {
		t.Error("one was ended twice")
	}
}

// shaky is a function whose position cannot be read at first, as that of a call that returns meanwhile.
type shaky struct {
	*starlark.Builtin
	panics int
}

func (s *shaky) Position() syntax.Position {
	if s.panics--; s.panics >= 0 {
		panic("it has gone on")
	}
	return syntax.MakePosition(new("<builtin>"), 0, 0)
}

// A stack that is read while the script goes on may have an empty frame: then it is no place.
func TestAFrameThatWasHalfReadIsNoPlace(t *testing.T) {
	f := trouble.Frame{Name: "f", Pos: trouble.Position{File: "a.star", Line: 1}}
	if got := whole([]trouble.Frame{f, f}); len(got) != 2 {
		t.Errorf("got %v, want both", got)
	}
	if got := whole([]trouble.Frame{f, {}}); got != nil {
		t.Errorf("got %v, want none", got)
	}
}

func TestAScriptInsideABuiltinIsToldByItsLine(t *testing.T) {
	inside, over := make(chan bool), make(chan bool)
	wait := starlark.NewBuiltin("wait", func(
		*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple,
	) (starlark.Value, error) {
		close(inside)
		<-over
		return starlark.None, nil
	})
	thread, s, done := &starlark.Thread{}, &Stopper{}, make(chan error)
	s.Saw([]trouble.Frame{{Name: "f", Pos: trouble.Position{File: "a.star", Line: 1, Col: 1}}})
	go func() {
		defer s.Enter(thread)()
		_, err := starlark.ExecFile(thread, "a.star", "def f():\n    x = 1\n    wait()\nf()\n", starlark.StringDict{"wait": &shaky{wait, 2}})
		done <- err
	}()
	<-inside
	if stack := s.Where(); len(stack) == 0 || stack[len(stack)-1].Pos.Line != 3 {
		t.Errorf("got %v, want line 3", stack)
	}
	close(over)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
