package judge

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/netlab-dev/netlab/lab/result"
	"time"

	"github.com/netlab-dev/netlab/sdk/value"
)

// violation makes the verdict of a key that has no explanation. The witness is what of it is known to have none.
func (j *judging) violation(p part, witness []*operation) Verdict {
	within := min(explainWithin, j.limits.Within)
	deadline := time.Now().Add(within)
	few := j.shrink(witness, deadline.Add(-within/4)) // the rest is for stuck
	v := Verdict{Outcome: Violated}
	for _, o := range few {
		v.Ops = append(v.Ops, *o.Op)
	}
	stuck, order := j.stuck(few, deadline)
	why := p.because(stuck, order)
	v.Reason = fmt.Sprintf("%s is not linearizable: %s cannot be placed: %s%s", p.name(), stuck, why, table(few))
	return v
}

// stuck is the operation that ends first of those that the longest explanation does not reach, and that explanation.
func (j *judging) stuck(ops []*operation, deadline time.Time) (*operation, []*operation) {
	best := j.longest(ops, deadline)
	order := make([]*operation, len(best))
	for i, index := range best {
		order[i] = ops[index]
	}
	var stuck *operation
	for _, o := range ops {
		if !slices.Contains(order, o) && (stuck == nil || o.ret < stuck.ret) {
			stuck = o
		}
	}
	if stuck == nil { // the order was cut short by its bounds, and happens to hold all
		stuck = slices.MaxFunc(ops, func(a, b *operation) int { return cmp.Compare(a.ret, b.ret) })
	}
	return stuck, order
}

// because says in one sentence what stands against the operation, given an order of those that can be explained.
func (p part) because(stuck *operation, order []*operation) string {
	wants := stuck.wants()
	leaves := func(o *operation) bool { return o.mayLeave(wants) }
	i := slices.IndexFunc(p.ops, leaves)
	if i < 0 && wants != unread && wants != absent {
		if f := slices.IndexFunc(p.failed, leaves); f >= 0 {
			return fmt.Sprintf("only %s could have written that, and it failed", p.failed[f].Text())
		}
		return fmt.Sprintf("nothing has ever written %s", clip(string(wants)))
	}
	for _, o := range slices.Backward(order) {
		if o.ret < stuck.call {
			return fmt.Sprintf("%s had ended at %s", o.Text(), short(o.Ended))
		}
	}
	if i >= 0 && p.ops[i].call > stuck.ret {
		return fmt.Sprintf("%s began only at %s", p.ops[i].Text(), short(p.ops[i].Started))
	}
	return "no order of those that overlap gives that"
}

// wants is the value that must be there for the operation to return what it has; unread when there is no such one.
func (o *operation) wants() content {
	switch {
	case o.action == reads || o.told:
		return o.seen
	case o.action == swaps && o.did:
		return o.old
	case o.action == adds && o.known && o.seen != content(fmt.Sprint(o.by)):
		before, _ := o.seen.add(-o.by)
		return before
	}
	return unread
}

func (o *operation) mayLeave(v content) bool {
	if o.action == reads || o.action == swaps && o.known && !o.did {
		return false
	}
	next, known := o.leaves()
	return !known || next == v
}

// maxListed bounds the table: nobody reads more.
const maxListed = 12

// table lists the operations, one a line, in the order in which they began.
func table(ops []*operation) string {
	var b strings.Builder
	if more := len(ops) - maxListed; more > 0 {
		fmt.Fprintf(&b, "\n  (%d earlier ones)", more)
		ops = ops[more:]
	}
	width := 0
	for _, o := range ops {
		width = max(width, result.Columns(o.Text()))
	}
	for _, o := range ops {
		fmt.Fprintf(&b, "\n  %s  %s", result.Pad(o.Text(), width), o.whoAndWhen())
	}
	return b.String()
}

// String is the operation in one line: get("x") -> 1 by task 2 on c1 from 1.2s to 1.21s.
func (o Op) String() string { return o.Text() + " by " + o.whoAndWhen() }

// Text is the call and what it has returned: get("x") -> 1.
func (o *Op) Text() string {
	args := make([]string, len(o.Args))
	for i, f := range o.Args {
		args[i] = clip(value.Format(f.Value))
	}
	call := fmt.Sprintf("%s(%s)", o.Method, strings.Join(args, ", "))
	if o.Outcome != OK || o.Method == "put" || o.Method == "write" {
		return call
	}
	result := o.Result
	if fields, ok := result.(value.Fields); ok {
		for _, name := range []string{"swapped", "value"} {
			if v, ok := fields.Lookup(name); ok {
				result = v
				break
			}
		}
	}
	return call + " -> " + clip(value.Format(result))
}

// Who is the client: task 2 on c1.
func (o *Op) Who() string {
	who := "the experiment"
	if o.Task > 0 {
		who = fmt.Sprintf("task %d", o.Task)
	}
	if o.Node != "" {
		who += " on " + o.Node
	}
	return who
}

func (o *Op) whoAndWhen() string {
	who := o.Who()
	if o.Outcome != OK {
		return fmt.Sprintf("%s from %s, %s", who, short(o.Started), o.Outcome)
	}
	return fmt.Sprintf("%s from %s to %s", who, short(o.Started), short(o.Ended))
}

// maxValue bounds how much of a value is shown.
const maxValue = 60

func clip(text string) string {
	if len(text) > maxValue {
		return strings.ToValidUTF8(text[:maxValue], "") + "..."
	}
	return text
}

// short writes an instant to the microsecond.
func short(d time.Duration) string { return value.FormatDuration(d.Round(time.Microsecond)) }
