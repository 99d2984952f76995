package script

import (
	"errors"
	"slices"
	"strings"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/judge"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/star"
)

// defaultJudging is how long a judge may search when the script does not say, on the wall clock.
const defaultJudging = 20 * time.Second

const modelsHint = `"kv" knows get(key), put(key, value), cas(key, old, new) and incr(key, by); ` +
	`"register" knows read() and write(value), or get and put of one key`

// linearizableBuiltin is linearizable(history, model = "kv", within = 20*s) -> verdict. No virtual time passes.
func linearizableBuiltin(
	thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	f := localOf(thread)
	if f == nil {
		return nil, errors.New(b.Name() + " belongs inside an experiment: nothing runs at top level")
	}
	var given starlark.Value
	model, within := string(judge.KV), span{Duration: defaultJudging}
	if err := load.UnpackArgs(b.Name(), args, kwargs,
		"history", &given, "model?", &model, "within?", &within); err != nil {
		return nil, err
	}
	h, ok := given.(*historyValue)
	if !ok {
		return nil, star.Errorf("linearizable(lab.history()): it judges a whole history, because a part of one may lack the "+
			"write that explains a read", "linearizable: got %s, want a history", given.Type())
	}
	limits := judge.Limits{Within: within.Duration, Stopped: func() bool { return f.run.Stopped() != nil }}
	ops := h.judged()
	v, err := judge.Linearizable(ops, judge.Model(model), limits)
	if err != nil {
		return nil, star.Errorf(modelsHint, "linearizable: %s", err)
	}
	if v.Outcome == judge.Violated {
		f.run.contradicted(ops, v)
	}
	return &verdictValue{run: f.run, verdict: v, calls: h.calls(f.run.now(), v.Ops)}, nil
}

// calls are those of the operations that contradict each other.
func (h *historyValue) calls(now time.Duration, ops []judge.Op) (calls []result.Call) {
	for _, o := range h.ops {
		if !slices.ContainsFunc(ops, func(bad judge.Op) bool { return bad.Begun == o.begun }) {
			continue
		}
		c := o.call
		if c.Until = now; o.answered {
			c.Until = o.ended
		}
		calls = append(calls, c)
	}
	return calls
}

// judged is the history in the words of a judge.
func (h *historyValue) judged() []judge.Op {
	ops := make([]judge.Op, len(h.ops))
	for i, o := range h.ops {
		ops[i] = judge.Op{
			Method: o.method.name, Args: o.args, Node: o.node.name, Task: o.task,
			Started: o.started, Ended: o.ended, Begun: o.begun, Over: o.over,
		}
		switch {
		case !o.answered:
		case o.reply.Status == engine.OK:
			ops[i].Outcome, ops[i].Result = judge.OK, o.reply.Value
		case o.reply.Status == engine.Failed:
			ops[i].Outcome = judge.Failed
		}
	}
	return ops
}

// verdictValue is what a judge says of a history. It has three values, so it is no truth value: who takes it for one
// ends the run. Starlark asks a value for its truth without a way to refuse, but the run can be stopped from there.
type verdictValue struct {
	run     *run
	verdict judge.Verdict
	calls   []result.Call // of the operations that contradict each other
}

var _ starlark.HasAttrs = (*verdictValue)(nil)

func (v *verdictValue) String() string {
	if v.verdict.Outcome == judge.Unknown {
		return "unknown: " + v.verdict.Reason
	}
	return v.verdict.Reason
}

func (v *verdictValue) Type() string          { return "verdict" }
func (v *verdictValue) Freeze()               {}
func (v *verdictValue) Hash() (uint32, error) { return 0, errors.New("unhashable type: verdict") }

// Truth ends the run with an error at the place that executes.
func (v *verdictValue) Truth() starlark.Bool {
	e := &trouble.Error{
		Text: "a verdict is not a truth value: it is ok, violated or unknown",
		Hint: "write v.ok, v.violated or v.unknown: not v.violated would pass for unknown, too",
	}
	if thread := v.run.Executing(); thread != nil {
		e.Stack = load.Frames(thread.CallStack())
		if n := len(e.Stack); n > 0 {
			e.Pos = e.Stack[n-1].Pos
		}
	}
	v.run.Stop(e)
	return false
}

// Attr returns a word of the verdict.
func (v *verdictValue) Attr(name string) (starlark.Value, error) {
	switch name {
	case "ok":
		return starlark.Bool(v.verdict.Outcome == judge.OK), nil
	case "violated":
		return starlark.Bool(v.verdict.Outcome == judge.Violated), nil
	case "unknown":
		return starlark.Bool(v.verdict.Outcome == judge.Unknown), nil
	case "reason":
		return starlark.String(v.verdict.Reason), nil
	}
	return nil, star.NoAttr(v, name)
}

// AttrNames lists the words of a verdict.
func (v *verdictValue) AttrNames() []string { return strings.Fields("ok reason unknown violated") }
