package script

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/spell"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// unused refuses a statement that is only a function, a judgement that nobody looks at, or any value, if it gives its source.
func unused(source, v starlark.Value) error {
	switch v := v.(type) {
	case starlark.Callable:
		text, _ := starlark.AsString(source)
		return star.Errorf("call it: "+text+"()", "the function %s is not called", v.Name())
	case *verdictValue:
		return star.Errorf("check(linearizable(...).ok)", "the verdict is not used")
	case *outcomeValue:
		return star.Errorf("check(lab.attempt(fn).ok)", "the outcome of the attempt is not used")
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

// maxUnmade bounds the notes on tasks whose checks were not made.
const maxUnmade = 5

// unreached are notes on checks that were not made: all of the experiment, or some of tasks that had not ended when it returned.
func (r *run) unreached(e *load.Experiment) (notes []string) {
	if r.judged == 0 && len(r.checks(e.Function)) > 0 {
		notes = append(notes, "no check was reached: "+e.Name+" has checks, and made none of them")
	}
	var unmade []string
	for _, t := range r.tasks {
		what, frames := t.unmade(), load.Frames(t.from)
		if what == "" || len(frames) == 0 {
			continue
		}
		if note := fmt.Sprintf("%s: %s", frames[len(frames)-1].Pos, what); !slices.Contains(unmade, note) {
			unmade = append(unmade, note)
		}
	}
	if more := len(unmade) - maxUnmade; more > 0 {
		unmade = append(unmade[:maxUnmade], fmt.Sprintf("%d more tasks had not ended, so their checks were not made", more))
	}
	return append(notes, unmade...)
}

// unmade says which checks of a task are left, "" if none are. A check in a loop is not left once it was made.
func (t *task) unmade() string {
	fn, _ := t.fn.(*starlark.Function)
	left := func(site int) bool { return !t.made[site] }
	switch {
	case t.done:
	case t.resume == nil && fn != nil && len(t.run.checks(fn)) > 0:
		return "the task never began, so its checks were not made: the experiment had returned"
	case t.poll != nil:
		p := t.poll
		return fmt.Sprintf("lab.%s had looked for %s of %s when the experiment returned: task.wait() waits for its end",
			p.word, value.Short(t.run.now()-p.begin), value.Short(p.end-p.begin))
	case t.resume != nil && fn != nil && slices.ContainsFunc(t.run.checks(fn), left):
		return "the task had not ended when the experiment returned, so checks of it were not made: task.wait() waits for its end"
	}
	return ""
}

// checks are the numbers of the checks that stand in a function.
func (r *run) checks(fn *starlark.Function) (sites []int) {
	at := load.PositionOf(fn.Position())
	for i, s := range r.file.Sites.All {
		if s.Checks && slices.Contains(s.Within, at) {
			sites = append(sites, i)
		}
	}
	return sites
}
