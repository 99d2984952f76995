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

// verbOf is a method of the lab or of a node, a value in a file of its own. It executes as part of the task whose turn it
// is.
type verbOf[On any] struct {
	name  string
	usage string // as a command of a kept lab; "" where nothing could come of it, because nobody's script goes on
	do    func(on On, c call) (starlark.Value, error)
}

type (
	verb     = verbOf[*run]
	nodeVerb = verbOf[*node]
)

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

// nodeVerbs are those of every node.
var nodeVerbs = []*nodeVerb{&crash, &restart, &pause, &resume, &setClock, &configure}

// named is the verb of that name, nil when there is none.
func named[On any](verbs []*verbOf[On], name string) *verbOf[On] {
	i := slices.IndexFunc(verbs, func(v *verbOf[On]) bool { return v.name == name })
	if i < 0 {
		return nil
	}
	return verbs[i]
}

// of is the verb as a method of the value.
func (v *verbOf[On]) of(value starlark.Value, name string, on On) *starlark.Builtin {
	return load.Builtin(name, func(
		thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
	) (starlark.Value, error) {
		return v.do(on, call{thread, args, kwargs})
	}).BindReceiver(value)
}

// Attr returns a verb or one of the lab's values.
func (l *labValue) Attr(name string) (starlark.Value, error) {
	defer bug.Catch()
	if v := named(verbs, name); v != nil {
		return v.of(l, "lab."+name, l.run), nil
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
	if named(nodeVerbs, name) != nil {
		return nil, star.Errorf("a node has it: node."+name+"()", "lab has no .%s field or method", name)
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

// Unpack implements starlark.Unpacker.
func (s *span) Unpack(v starlark.Value) error {
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
	if l.Duration == 0 {
		return errors.New("got 0s, want more: a fault that lasts no time does nothing")
	}
	return nil
}
