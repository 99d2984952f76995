// Package judge says whether what clients have seen can be explained: whether a history of operations on a store is
// linearizable, that is, whether every operation can be given one instant between its start and its end so that all of
// them, in the order of these instants, return what a store without any concurrency would.
//
// The verdict has three values. Deciding may take exponential time, so a judge may give up: then the verdict is
// Unknown, which is never to be taken for a pass. Operations on different keys are judged apart. A key that was only
// read and written, with no value written twice, is decided exactly in O(n log n) (zones.go); any other is searched by
// porcupine within bounds on time and memory (search.go). Of a history that cannot be explained the judge looks for a
// few operations that contradict each other already (shrink.go), and says where they do (explain.go).
//
// The package knows histories, not who records them: its input is a list of Op.
package judge

import (
	"fmt"
	"time"

	"github.com/netlab-dev/netlab/sdk/value"
)

// Outcome is what is known of an operation, or of a history. The zero Outcome is Unknown.
type Outcome uint8

// Of an operation: OK has happened and returned its Result, Failed has definitely not happened, Unknown may have, at
// any time since it began. Of a history: OK can be explained, Violated cannot, Unknown was not decided.
const (
	Unknown Outcome = iota
	OK
	Failed
	Violated
)

func (o Outcome) String() string { return [...]string{"unknown", "ok", "failed", "violated"}[o] }

// Op is one operation of a history.
type Op struct {
	Method string
	Args   value.Fields // complete, by the method's names for them
	Result any          // when OK: a value as package value allows
	// Outcome is OK, Failed or Unknown.
	Outcome Outcome
	Node    string // on which it was called, for people
	Task    int    // of the script, which has called it, for people; 0 is the experiment itself
	// Started and Ended are the two ends on the run's clock. Ended counts only when the Outcome is OK.
	Started, Ended time.Duration
	// Begun and Over put the starts and ends of one instant in order: the smaller was first. Those that are equal, as when
	// both are 0, overlap.
	Begun, Over uint64
}

// Model names what a history is judged against.
type Model string

// The models. Values are equal as Starlark has it; text and bytes of the same content are, too.
//
// KV is a store of keys, all absent at first: get(key) is the value, or None; put(key, value); cas(key, old, new) puts
// new if the value is old, and is True if it has; incr(key, by) adds to a number, an absent one counting as 0, and is
// the sum. A result may be a struct: of get and incr its field value counts, of cas its field swapped, and of one that
// has not swapped its field value, if there is one: what it has found instead.
//
// Register is one value: read() and write(value), or get and put of one key. What it held at first is not known; the
// first read tells.
const (
	KV       Model = "kv"
	Register Model = "register"
)

// Limits bound the work of one verdict.
type Limits struct {
	// Within is how long the judge may search, on the wall clock; to explain a violation takes at most as long again, and
	// never more than two seconds.
	Within time.Duration
	// Stopped is asked now and then; once it is true, the judge gives up at once. Nil is never.
	Stopped func() bool
}

// Verdict is the outcome of a history and why.
type Verdict struct {
	Outcome Outcome // OK, Violated or Unknown
	// Reason is for people: one line, or for a violation one line and then the operations that contradict each other.
	Reason string
	// Ops are, of a violation, a few operations that have no explanation, in the order in which they began.
	Ops []Op
}

// Linearizable judges a history. Operations that have failed are left out: they have not happened. Of the others a
// history must be complete, in any order: without a write the reads of its value have no explanation. A history without
// one operation that is OK says nothing, so its verdict is Unknown. The error is about an operation that the model does
// not know, or an unknown model. It may be called from several goroutines at once.
func Linearizable(ops []Op, model Model, limits Limits) (Verdict, error) {
	parts, err := compile(ops, model)
	if err != nil {
		return Verdict{}, err
	}
	n := 0
	for _, o := range ops {
		if o.Outcome == OK {
			n++
		}
	}
	if n == 0 {
		return Verdict{Reason: fmt.Sprintf("nothing to judge: none of %d operations is ok", len(ops))}, nil
	}
	j := &judging{limits: limits, deadline: time.Now().Add(limits.Within), initial: model.initial()}
	return j.judge(parts), nil
}

// judging is the work on one history.
type judging struct {
	limits   Limits
	deadline time.Time
	initial  content
}

// judge looks at all keys with little effort first, so that a plain violation of one is not missed for the sake of
// another one that is hard to decide.
func (j *judging) judge(parts []part) Verdict {
	var hard []part
	total := 0
	for _, p := range parts {
		total += len(p.ops)
		switch outcome, witness := j.easy(p); outcome {
		case Violated:
			return j.violation(p, witness)
		case Unknown:
			hard = append(hard, p)
		}
	}
	if len(hard) > 0 {
		if v := j.hard(hard); v.Outcome != OK {
			return v
		}
	}
	return Verdict{Outcome: OK, Reason: fmt.Sprintf("linearizable: %s on %s", count(total, "operation"),
		count(len(parts), "key"))}
}

// easy decides what can be decided cheaply. The witness is a part of the operations that is violated, too.
func (j *judging) easy(p part) (Outcome, []*operation) {
	if j.over() {
		return Unknown, nil
	}
	initial := j.initial
	if initial == unread {
		initial = firstHeld(p.ops)
	}
	if readsAndUniqueWrites(p.ops, initial) {
		witness := contradiction(p.ops, initial)
		switch {
		case witness == nil:
			return OK, nil
		case initial != unread:
			return Violated, witness
		}
	}
	return j.search(p.ops, lightMemory, j.deadline), p.ops
}

// hard searches with all the memory there is, each key in its share of the time that is left.
func (j *judging) hard(parts []part) Verdict {
	if !j.takeTurn() {
		return undecided(parts[0], "the judge was stopped")
	}
	defer giveTurn()
	var open []part
	for i, p := range parts {
		share := time.Until(j.deadline) / time.Duration(len(parts)-i)
		switch j.search(p.ops, heavyMemory, time.Now().Add(share)) {
		case Violated:
			return j.violation(p, p.ops)
		case Unknown:
			open = append(open, p)
		}
	}
	if len(open) == 0 {
		return Verdict{Outcome: OK}
	}
	return undecided(open[0], "not decided within the bounds on time and memory")
}

func (j *judging) over() bool {
	return j.limits.Stopped != nil && j.limits.Stopped() || !time.Now().Before(j.deadline)
}

func undecided(p part, why string) Verdict {
	return Verdict{Reason: fmt.Sprintf("%s: %s, up to %d at a time: %s",
		p.name(), count(len(p.ops), "operation"), overlap(p.ops), why)}
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
