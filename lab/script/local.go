package script

import (
	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
)

// local is what a Starlark thread of a run belongs to.
type local struct {
	run      *run
	observed observed
	counted  uint64           // of the thread's steps, those in the run's budget already
	outer    *starlark.Thread // the one that called a function on this thread, nil for none
}

// Word carries out a word of a running experiment. It implements load.Running.
func (f *local) Word(
	thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	switch b.Name() {
	case load.NoteWord:
		return f.note(args)
	case load.SiteWord:
		return f.site(args)
	case load.ProbeWord:
		return f.probe(args)
	case load.EachWord:
		return f.each(args)
	case load.UnusedWord:
		return args[1], unused(args[0], args[1])
	case load.NeverWord:
		return args[2], outside(args[2], args[0], args[1])
	case "check":
		return checkBuiltin(thread, b, args, kwargs)
	case "expect":
		return expectBuiltin(thread, b, args, kwargs)
	}
	return linearizableBuiltin(thread, b, args, kwargs)
}
