package script

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/spell"
	"github.com/netlab-dev/netlab/sdk/star"
)

// unused refuses a statement that is only a function, a judgement that nobody looks at, or any value, if it gives its source.
func unused(source, v starlark.Value) error {
	switch v := v.(type) {
	case starlark.Callable:
		return star.Errorf("call it: "+v.Name()+"()", "the function %s is not called", v.Name())
	case *verdictValue:
		return star.Errorf("check(linearizable(...).ok)", "the verdict is not used")
	case *finding:
		return star.Errorf("check(events.at_most_one(...))", "the result of at_most_one is not used")
	}
	if text, _ := starlark.AsString(source); text != "" {
		return star.Errorf("check("+text+")", "the value of %s is not used", text)
	}
	return nil
}

// outside refuses a comparison of an attribute with a text that it never is.
func outside(of, name, text starlark.Value) error {
	attribute, _ := starlark.AsString(name)
	other, _ := starlark.AsString(text)
	what := "node." + attribute
	switch of.(type) {
	case *node:
		if attribute != "state" {
			return nil
		}
	case *labValue:
		if what = "lab." + attribute; attribute != "engine" {
			return nil
		}
	default:
		return nil
	}
	known := load.Closed(attribute)
	msg := fmt.Sprintf("%s is never %s", what, star.Show(text, maxShown))
	if near := spell.Nearest(other, known); near != "" {
		msg += fmt.Sprintf(" (did you mean %q?)", near)
	}
	return star.Errorf("it is "+strings.Join(known[:len(known)-1], ", ")+" or "+known[len(known)-1], "%s", msg)
}

// unreached are notes on checks that were not made: all of the experiment, or those of a task that has never begun.
func (r *run) unreached(e *load.Experiment) (notes []string) {
	if r.judged == 0 && r.checks(e.Function) {
		notes = append(notes, "no check was reached: "+e.Name+" has checks, and made none of them")
	}
	for _, t := range r.tasks {
		if fn, ok := t.fn.(*starlark.Function); ok && t.resume == nil && !t.done && r.checks(fn) {
			frames := load.Frames(t.from)
			if len(frames) > 0 {
				notes = append(notes, fmt.Sprintf("%s: the task never began, so its checks were not made: the experiment had returned",
					frames[len(frames)-1].Pos))
			}
		}
	}
	return notes
}

// checks tells whether a check stands in a function.
func (r *run) checks(fn *starlark.Function) bool {
	at := load.PositionOf(fn.Position())
	return slices.ContainsFunc(r.file.Sites.All, func(s load.Site) bool { return s.Checks && slices.Contains(s.Within, at) })
}
