package script

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// labValue is the `lab` of an experiment: the one thing through which a script reaches its run.
type labValue struct{ run *run }

var _ starlark.HasAttrs = (*labValue)(nil)

func (l *labValue) String() string        { return "lab" }
func (l *labValue) Type() string          { return "lab" }
func (l *labValue) Freeze()               {}
func (l *labValue) Truth() starlark.Bool  { return true }
func (l *labValue) Hash() (uint32, error) { return 0, fmt.Errorf("unhashable type: lab") }

// verb is a method of the lab, a value in the file of its noun. It executes as part of the task whose turn it is.
type verb struct {
	name  string
	usage string // as a command of a kept lab; "" where nothing could come of it, because nobody's script goes on
	do    func(r *run, c call) (starlark.Value, error)
}

// call is with what a verb is called.
type call struct {
	thread *starlark.Thread
	args   starlark.Tuple
	kwargs []starlark.Tuple
}

// verbs are all of them. Commands are told in this order.
var verbs = []*verb{
	&cut, &isolate, &partition, &refuse, &reset, &linkNodes, &setNetwork, &setDisk, &setTCP, &healAll,
	&addNodes, &now, &sleep, &after, &ticks, &spawn, &join,
	&events, &nextEvent, &messages, &connections, &history, &attempt, &eventually, &always, &addMark, &skip,
}

// verbNamed is nil when there is none.
func verbNamed(name string) *verb {
	i := slices.IndexFunc(verbs, func(v *verb) bool { return v.name == name })
	if i < 0 {
		return nil
	}
	return verbs[i]
}

// of is the verb as a method of one lab.
func (v *verb) of(l *labValue) *starlark.Builtin {
	return load.Builtin("lab."+v.name, func(
		thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
	) (starlark.Value, error) {
		return v.do(b.Receiver().(*labValue).run, call{thread, args, kwargs})
	}).BindReceiver(l)
}

// Attr returns a verb or one of the lab's values.
func (l *labValue) Attr(name string) (starlark.Value, error) {
	defer bug.Catch()
	if v := verbNamed(name); v != nil {
		return v.of(l), nil
	}
	switch name {
	case "engine":
		return starlark.String(l.run.options.Engine), nil
	case "seed":
		return starlark.MakeUint64(l.run.options.Seed), nil
	case "lateness":
		return star.Duration(l.run.lateness), nil
	case "rand":
		return &randValue{l.run}, nil
	}
	return nil, star.NoAttr(l, name)
}

// AttrNames lists the words of the lab.
func (l *labValue) AttrNames() []string {
	names := []string{"engine", "seed", "lateness", "rand"}
	for _, v := range verbs {
		names = append(names, v.name)
	}
	sort.Strings(names)
	return names
}

// span is an argument that is a duration or its text; it must not be negative.
type span struct {
	time.Duration
	given bool
}

// Unpack implements starlark.Unpacker. None stands for the default.
func (s *span) Unpack(v starlark.Value) error {
	if v == starlark.None {
		return nil
	}
	d, err := star.AsDuration(v)
	if err != nil {
		return err
	}
	if d < 0 {
		return fmt.Errorf("%s is below 0", value.Short(d))
	}
	s.Duration, s.given = d, true
	return nil
}

// or returns the span, or nil when it was not given.
func (s *span) orNil() *time.Duration {
	if !s.given {
		return nil
	}
	return &s.Duration
}

// lifetime is how long a fault lasts.
type lifetime struct{ span }

// Unpack implements starlark.Unpacker.
func (l *lifetime) Unpack(v starlark.Value) error {
	if err := l.span.Unpack(v); err != nil {
		return err
	}
	if l.given && l.Duration == 0 {
		return errors.New("got 0s, want more: a fault that lasts no time does nothing")
	}
	return nil
}

var skip = verb{"skip", "", func(_ *run, c call) (starlark.Value, error) {
	var reason string
	if err := load.UnpackArgs("lab.skip", c.args, c.kwargs, "reason", &reason); err != nil {
		return nil, err
	}
	return nil, &skipped{reason}
}}
