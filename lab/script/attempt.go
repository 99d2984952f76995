package script

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/star"
)

// attempt is lab.attempt(fn) -> outcome: calls the function, as part of the same task, and turns a check in it that
// does not hold into a value, and so an expect, and an eventually, an always or a wait for a task that is in vain. What
// is no expectation ends the run as ever: a mistake in the script, a node that fails, lab.skip. What the function has
// started stays: its faults, its tasks.
var attempt = verb{"attempt", "", func(r *run, c call) (starlark.Value, error) {
	var fn starlark.Callable
	if err := load.UnpackArgs("lab.attempt", c.args, c.kwargs, "fn", &fn); err != nil {
		return nil, err
	}
	t := r.current // none is current while tasks that are ended unwind
	this := &attempted{outer: t.attempted}
	t.attempted = this
	value, err := r.invoke(t, r.newThread(), fn, nil, nil)
	t.attempted = this.outer
	var failure *result.Check
	if err != nil && (r.Stopped() != nil || !errors.As(err, &failure)) {
		// Wrapped, so that the calls of both threads are known (see stackOf).
		return nil, fmt.Errorf("%w", err)
	}
	if failure != nil {
		this.failures = append(this.failures, *failure)
	}
	if len(this.failures) > 0 {
		return &outcomeValue{failures: this.failures}, nil
	}
	return &outcomeValue{result: value}, nil
}}

// attempted is an attempt under way.
type attempted struct {
	outer    *attempted
	failures []result.Check
}

// outcomeValue is how an attempt has ended. It is falsy when something that was expected in it has not held.
type outcomeValue struct {
	result   starlark.Value // nil when it has failed
	failures []result.Check
}

var (
	_ starlark.HasAttrs = (*outcomeValue)(nil)
	_ star.Writer       = (*outcomeValue)(nil)
	_ star.Holder       = (*outcomeValue)(nil)
)

func (o *outcomeValue) ok() bool { return len(o.failures) == 0 }

func (o *outcomeValue) String() string {
	if o.ok() {
		return "ok: " + star.Show(o.result, star.MaxPiece)
	}
	return "failed: " + o.why()
}

// WriteText is String for a text that is bounded.
func (o *outcomeValue) WriteText(text func(string) error, value func(starlark.Value) error) error {
	if !o.ok() {
		return text("failed: " + o.why())
	}
	if err := text("ok: "); err != nil {
		return err
	}
	return value(o.result)
}

// Held are the values that the outcome holds.
func (o *outcomeValue) Held() []starlark.Value {
	if !o.ok() {
		return nil
	}
	return []starlark.Value{o.result}
}

func (o *outcomeValue) Type() string          { return "outcome" }
func (o *outcomeValue) Truth() starlark.Bool  { return starlark.Bool(o.ok()) }
func (o *outcomeValue) Hash() (uint32, error) { return 0, errors.New("unhashable type: outcome") }

func (o *outcomeValue) Freeze() {
	if o.result != nil {
		o.result.Freeze()
	}
}

// why is what has not held: of each failure a line with the place, the source and the message, and a line for each of
// the values.
func (o *outcomeValue) why() string {
	lines := make([]string, len(o.failures))
	for i, f := range o.failures {
		lines[i] = fmt.Sprintf("%s:%d: %s", f.Pos.File, f.Pos.Line, f.Source)
		if f.Message != "" {
			lines[i] += ": " + f.Message
		}
		for _, p := range f.Parts {
			lines[i] += "\n  " + p.Text + " = " + strings.ReplaceAll(p.Value, "\n", "\n  ")
		}
	}
	return strings.Join(lines, "\n")
}

// Attr returns a word of the outcome.
func (o *outcomeValue) Attr(name string) (starlark.Value, error) {
	switch name {
	case "ok":
		return starlark.Bool(o.ok()), nil
	case "failed":
		return starlark.Bool(!o.ok()), nil
	case "unknown":
		return starlark.False, nil
	case "result":
		if o.result != nil {
			return o.result, nil
		}
		return starlark.None, nil
	case "error":
		if o.ok() {
			return starlark.None, nil
		}
		return starlark.String(o.why()), nil
	}
	return nil, star.NoAttr(o, name)
}

// AttrNames lists the words of an outcome.
func (o *outcomeValue) AttrNames() []string { return strings.Fields("error failed ok result unknown") }
