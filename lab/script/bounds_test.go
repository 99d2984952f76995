package script

import (
	"errors"
	"testing"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/trouble"
)

func TestTheRunWhoseScriptHoldsMostIsEndedFirst(t *testing.T) {
	set, cause := &stopperSet{}, errors.New("too much")
	small, large, larger := &stopper{}, &stopper{}, &stopper{}
	for s, bytes := range map[*stopper]uint64{small: 10, large: 1 << 20, larger: 2 << 20} {
		s.holds.Store(bytes)
		defer set.watch(s)()
	}
	for _, want := range []*stopper{larger, large, small} {
		if got := set.stopLargest(cause); got != want || want.stopped() != cause {
			t.Errorf("ended the one that holds %d bytes, want %d", got.holds.Load(), want.holds.Load())
		}
	}
	if set.stopLargest(cause) != nil {
		t.Error("one was ended twice")
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
	thread, s, done := &starlark.Thread{}, &stopper{}, make(chan error)
	s.saw([]trouble.Frame{{Name: "f", Pos: trouble.Position{File: "a.star", Line: 1, Col: 1}}})
	go func() {
		defer s.enter(thread)()
		_, err := starlark.ExecFile(thread, "a.star", "def f():\n    x = 1\n    wait()\nf()\n", starlark.StringDict{"wait": wait})
		done <- err
	}()
	<-inside
	if stack := s.where(); len(stack) == 0 || stack[len(stack)-1].Pos.Line != 3 {
		t.Errorf("got %v, want line 3", stack)
	}
	close(over)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
