package judge

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk/value"
)

var ample = Limits{Within: time.Minute}

// op makes an operation of a key "x" from one time to another, in milliseconds. A negative end is an unknown outcome.
func op(task, from, to int, method string, result any, args ...any) Op {
	o := Op{
		Method: method, Task: task, Node: "c", Outcome: OK, Result: result,
		Started: time.Duration(from) * time.Millisecond, Ended: time.Duration(to) * time.Millisecond,
	}
	if to < 0 {
		o.Outcome, o.Result = Unknown, nil
	}
	names := map[string][]string{"put": {"value"}, "write": {"value"}, "cas": {"old", "new"}, "incr": {"by"}}[method]
	if method != "read" && method != "write" {
		o.Args = append(o.Args, value.Field{Name: "key", Value: "x"})
	}
	for i, name := range names {
		o.Args = append(o.Args, value.Field{Name: name, Value: args[i]})
	}
	return o
}

func get(task, from, to int, v any) Op {
	return op(task, from, to, "get", value.Fields{{Name: "value", Value: v}})
}

func put(task, from, to int, value any) Op { return op(task, from, to, "put", nil, value) }

func cas(task, from, to int, old, next any, swapped bool) Op {
	return op(task, from, to, "cas", value.Fields{{Name: "swapped", Value: swapped}}, old, next)
}

func found(o Op, v any) Op {
	o.Result = append(o.Result.(value.Fields), value.Field{Name: "value", Value: v})
	return o
}

func incr(task, from, to int, by, sum int64) Op {
	return op(task, from, to, "incr", value.Fields{{Name: "value", Value: sum}}, by)
}

func failed(o Op) Op {
	o.Outcome, o.Result = Failed, nil
	return o
}

func keyed(key any, o Op) Op {
	o.Args = append(value.Fields{{Name: "key", Value: key}}, o.Args[1:]...)
	return o
}

// inOrder gives each operation its place within its instant: one after the other.
func inOrder(ops ...Op) []Op {
	for i := range ops {
		ops[i].Begun, ops[i].Over = uint64(2*i+1), uint64(2*i+2)
	}
	return ops
}

func TestHistoriesAreJudged(t *testing.T) {
	for _, c := range []struct {
		name  string
		model Model
		ops   []Op
		want  Outcome
		says  string // a part of the reason
	}{
		{"one after the other", KV, []Op{get(1, 0, 1, nil), put(1, 2, 3, "a"), get(2, 4, 5, "a")}, OK,
			"linearizable: 3 operations on 1 key"},
		{"a read beside a write may see either", KV,
			[]Op{put(1, 0, 1, "a"), put(1, 2, 9, "b"), get(2, 3, 4, "a"), get(2, 5, 6, "b")}, OK, ""},
		{"but not the old value after the new one", KV,
			[]Op{put(1, 0, 1, "a"), put(1, 2, 9, "b"), get(2, 3, 4, "b"), get(3, 5, 6, "a")}, Violated,
			`get("x") -> "a" by task 3 on c from 5ms to 6ms cannot be placed: get("x") -> "b" had ended at 4ms`},
		{"a stale read", KV, []Op{put(1, 0, 1, 1), put(1, 2, 3, 2), get(2, 4, 5, 1)}, Violated,
			`key "x" is not linearizable: get("x") -> 1 by task 2 on c from 4ms to 5ms cannot be placed: ` +
				`put("x", 2) had ended at 3ms`},
		{"a lost write", KV, []Op{put(1, 0, 1, "a"), get(1, 2, 3, nil)}, Violated, `put("x", "a") had ended at 1ms`},
		{"a value from nowhere", KV, []Op{put(1, 0, 1, "a"), get(1, 2, 3, "b")}, Violated, `nothing has ever written "b"`},
		{"a value of a write that has failed", KV, []Op{failed(put(1, 0, 1, "a")), get(1, 2, 3, "a")}, Violated,
			`only put("x", "a") could have written that, and it failed`},
		{"a value from the future", KV, []Op{get(1, 0, 1, "a"), put(2, 2, 3, "a")}, Violated,
			`put("x", "a") began only at 2ms`},
		{"one that has failed has not happened", KV, []Op{put(1, 0, 1, "a"), failed(put(1, 2, 3, "b")), get(1, 4, 5, "a")},
			OK, ""},
		{"an unknown write may happen", KV, []Op{put(1, 0, 1, "a"), put(1, 2, -1, "b"), get(2, 50, 60, "b")}, OK, ""},
		{"or happen late", KV,
			[]Op{put(1, 0, 1, "a"), put(1, 2, -1, "b"), get(2, 50, 60, "a"), get(2, 70, 80, "b")}, OK, ""},
		{"or not happen", KV, []Op{put(1, 0, 1, "a"), put(1, 2, -1, "b"), get(2, 50, 60, "a")}, OK, ""},
		{"but not be taken back", KV,
			[]Op{put(1, 0, 1, "a"), put(1, 2, -1, "b"), get(2, 50, 60, "b"), get(2, 70, 80, "a")}, Violated, ""},
		{"and not happen before it began", KV, []Op{get(2, 0, 1, "b"), put(1, 2, -1, "b")}, Violated, ""},
		{"an unknown read says nothing", KV, []Op{put(1, 0, 1, "a"), get(1, 2, -1, "z")}, OK, ""},
		{"equal values, written twice", KV,
			[]Op{put(1, 0, 1, "a"), put(1, 2, 3, "b"), put(1, 4, 5, "a"), get(2, 6, 7, "a")}, OK, ""},
		{"a stale read of a value written twice before", KV,
			[]Op{put(1, 0, 1, "a"), put(1, 2, 3, "a"), put(1, 4, 5, "b"), get(2, 6, 7, "a")}, Violated,
			`put("x", "b") had ended at 5ms`},
		{"a swap that fits", KV, []Op{put(1, 0, 1, "a"), cas(1, 2, 3, "a", "b", true), get(1, 4, 5, "b")}, OK, ""},
		{"a swap of an absent key", KV, []Op{cas(1, 2, 3, nil, "b", true), get(1, 4, 5, "b")}, OK, ""},
		{"a swap that has found something else", KV,
			[]Op{put(1, 0, 1, "a"), cas(1, 2, 3, "z", "b", false), get(1, 4, 5, "a")}, OK, ""},
		{"a swap that should have found it", KV, []Op{put(1, 0, 1, "a"), cas(1, 2, 3, "a", "b", false)}, Violated, ""},
		{"two swaps from one value", KV,
			[]Op{put(1, 0, 1, "a"), cas(1, 2, 5, "a", "b", true), cas(2, 2, 5, "a", "c", true)}, Violated, ""},
		{"an unknown swap", KV, []Op{put(1, 0, 1, "a"), cas(1, 2, -1, "a", "b", true), get(2, 9, 10, "b")}, OK, ""},
		{"an unknown swap that cannot have been", KV,
			[]Op{put(1, 0, 1, "a"), cas(1, 2, -1, "z", "b", true), get(2, 9, 10, "b")}, Violated, ""},
		{"sums", KV, []Op{incr(1, 0, 5, 1, 2), incr(2, 0, 5, 1, 1), get(1, 6, 7, 2)}, OK, ""},
		{"a lost update", KV, []Op{incr(1, 0, 5, 1, 1), incr(2, 0, 5, 1, 1)}, Violated, ""},
		{"an unknown sum may count or not", KV, []Op{incr(1, 0, 1, 1, 1), incr(1, 2, -1, 5, 0), incr(2, 3, 4, 1, 7)}, OK, ""},
		{"a number and its text are two values", KV,
			[]Op{put(1, 0, 1, "1"), cas(1, 2, 3, 1, 2, false), get(1, 4, 5, "1")}, OK, ""},
		{"a number of another type is the same", KV, []Op{put(1, 0, 1, int64(1)), get(1, 4, 5, 1.0)}, OK, ""},
		{"a swap that tells what it found", KV, []Op{put(1, 0, 1, "a"), found(cas(1, 2, 3, "z", "b", false), "a")}, OK, ""},
		{"a swap that found something stale", KV,
			[]Op{put(1, 0, 1, "a"), put(1, 2, 3, "b"), found(cas(1, 4, 5, "z", "c", false), "a")}, Violated, ""},
		{"a swap that should have swapped what it found", KV,
			[]Op{put(1, 0, 1, "a"), found(cas(1, 2, 3, "a", "b", false), "a")}, Violated, ""},
		{"no sum on a text", KV, []Op{put(1, 0, 1, "a"), incr(1, 2, 3, 1, 1)}, Violated, ""},
		{"text and bytes", KV, []Op{put(1, 0, 1, "a"), get(1, 2, 3, []byte("a"))}, OK, ""},
		{"the text None is a value", KV, []Op{put(1, 0, 1, "None"), get(1, 2, 3, nil)}, Violated, ""},
		{"keys apart", KV, []Op{put(1, 0, 1, "a"), keyed("y", get(1, 2, 3, nil)), keyed("y", put(1, 4, 5, "b")),
			get(1, 6, 7, "a")}, OK, "4 operations on 2 keys"},
		{"the key that is wrong", KV, []Op{put(1, 0, 1, "a"), get(1, 2, 3, "a"), keyed("y", get(1, 2, 3, "a"))}, Violated,
			`key "y" is not linearizable`},
		{"a register begins as it is first read", Register, []Op{op(1, 0, 1, "read", 0), op(2, 2, 3, "write", nil, 5),
			op(1, 4, 5, "read", 5)}, OK, ""},
		{"a register does not go back", Register, []Op{op(1, 0, 1, "read", 0), op(2, 2, 3, "write", nil, 5),
			op(1, 4, 5, "read", 0)}, Violated, "the register is not linearizable: read() -> 0"},
		{"a register begins as one value", Register, []Op{op(1, 0, 1, "read", 0), op(1, 4, 5, "read", 1)}, Violated,
			"nothing has ever written 1"},
		{"a register of a key", Register, []Op{put(1, 0, 1, "a"), get(1, 2, 3, "a")}, OK, ""},
		{"starts and ends of one instant overlap", KV, []Op{put(1, 0, 0, "a"), get(2, 0, 0, nil)}, OK, ""},
		{"unless their order is known", KV, inOrder(put(1, 0, 0, "a"), get(2, 0, 0, nil)), Violated, ""},
		{"nothing", KV, nil, Unknown, "nothing to judge: none of 0 operations is ok"},
		{"nothing that is known", KV, []Op{put(1, 0, -1, "a"), failed(put(1, 0, 1, "a"))}, Unknown,
			"none of 2 operations is ok"},
	} {
		v, err := Linearizable(c.ops, c.model, ample)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if v.Outcome != c.want || !strings.Contains(v.Reason, c.says) {
			t.Errorf("%s: got %s, want %s and %q:\n%s", c.name, v.Outcome, c.want, c.says, v.Reason)
		}
		if (v.Outcome == Violated) != (len(v.Ops) > 0) {
			t.Errorf("%s: %d operations with a verdict that is %s", c.name, len(v.Ops), v.Outcome)
		}
	}
}

func TestWhatTheModelDoesNotKnowIsAnError(t *testing.T) {
	bare := op(1, 0, 1, "get", "v")
	bare.Args = nil
	wrong := cas(1, 0, 1, "a", "b", true)
	wrong.Result = value.Fields{{Name: "ok", Value: true}}
	by := incr(1, 0, 1, 1, 1)
	by.Args[1].Value = "1"
	for _, c := range []struct {
		model Model
		ops   []Op
		want  string
	}{
		{"kvs", nil, `no model "kvs", want "kv" or "register"`},
		{KV, []Op{op(1, 0, 1, "propose", nil)}, `model "kv" has no operation "propose", as called on c`},
		{Register, []Op{incr(1, 0, 1, 1, 1)}, `model "register" has no operation "incr", as called on c`},
		{KV, []Op{bare}, `get of c has no argument "key"`},
		{KV, []Op{wrong}, `cas of c: the result has no field "swapped": {"ok": True}`},
		{KV, []Op{by}, `incr of c: by: got "1", want an integer`},
		{Register, []Op{put(1, 0, 1, "a"), keyed("y", put(1, 0, 1, "b"))},
			`a register is one value, but the history is about key "x" and key "y"`},
	} {
		if _, err := Linearizable(c.ops, c.model, ample); err == nil || err.Error() != c.want {
			t.Errorf("got error %v, want %q", err, c.want)
		}
	}
}

func TestAViolationShowsAFewOperationsOfMany(t *testing.T) {
	var ops []Op
	for i := range 300 {
		ops = append(ops, put(1, 10*i, 10*i+5, i), get(2, 10*i+2, 10*i+8, i))
	}
	ops[401] = get(2, 2002, 2008, 198)
	want := `key "x" is not linearizable: get("x") -> 198 by task 2 on c from 2.002s to 2.008s cannot be placed: ` +
		`put("x", 199) had ended at 1.995s
  put("x", 198)    task 1 on c from 1.98s to 1.985s
  put("x", 199)    task 1 on c from 1.99s to 1.995s
  get("x") -> 198  task 2 on c from 2.002s to 2.008s`
	v, err := Linearizable(ops, KV, ample)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, v.Reason); diff != "" {
		t.Errorf("decided by zones: %s", diff)
	}
	// A sum on the same key leaves the decision to a search.
	ops = append(ops, put(1, 9000, 9001, 0), incr(1, 9002, 9003, 1, 1))
	if v, err = Linearizable(ops, KV, ample); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, v.Reason); diff != "" {
		t.Errorf("found by search: %s", diff)
	}
}

// hopeless is a history that is expensive to decide: before it is clear that nothing explains the swap, all orders of
// the writes must be tried.
func hopeless(n int) []Op {
	var ops []Op
	for i := range n {
		ops = append(ops, put(i, 0, 10, i), put(i, 0, 10, i))
	}
	return append(ops, cas(n, 11, 12, "never", "x", true))
}

func TestAJudgeThatGivesUpSaysUnknown(t *testing.T) {
	v, err := Linearizable(hopeless(30), KV, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	want := `key "x": 61 operations, up to 60 at a time: not decided within the bounds on time and memory`
	if v.Outcome != Unknown || v.Reason != want {
		t.Errorf("no time: got %s, %s", v.Outcome, v.Reason)
	}
	calls := 0
	stopped := func() bool { calls++; return calls > 1000 }
	if v, err = Linearizable(hopeless(30), KV, Limits{Within: time.Hour, Stopped: stopped}); err != nil {
		t.Fatal(err)
	}
	if v.Outcome != Unknown {
		t.Errorf("stopped: got %s, %s", v.Outcome, v.Reason)
	}
}

func TestAHardKeyDoesNotHideTheFaultOfAnother(t *testing.T) {
	ops := append(hopeless(30), keyed("y", put(1, 0, 1, "a")), keyed("y", get(1, 2, 3, nil)))
	v, err := Linearizable(ops, KV, Limits{Within: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	if v.Outcome != Violated || !strings.Contains(v.Reason, `key "y"`) {
		t.Errorf("got %s, %s", v.Outcome, v.Reason)
	}
}

// random makes a history of reads and writes of a few clients whose answers are often right.
func random(r *rand.Rand, unique bool, mixed bool) []Op {
	var ops []Op
	held, clock, wrote := any(nil), 0, 0
	for task := range 2 + r.IntN(3) {
		at := r.IntN(10)
		for range 1 + r.IntN(4) {
			from := at
			at += 1 + r.IntN(12)
			to := at
			if r.IntN(8) == 0 {
				to = -1
			}
			wrote++
			value := any(int64(wrote))
			if !unique {
				value = int64(r.IntN(3))
			}
			switch k := r.IntN(8); {
			case k < 3:
				ops = append(ops, put(task, from, to, value))
				if r.IntN(3) > 0 {
					held = value
				}
			case k < 6 || !mixed:
				ops = append(ops, get(task, from, to, held))
			case k == 6:
				o := cas(task, from, to, held, value, r.IntN(2) == 0)
				if to > 0 && r.IntN(2) == 0 {
					o = found(o, held)
				}
				ops = append(ops, o)
			default:
				ops = append(ops, incr(task, from, to, 1, int64(r.IntN(4))))
			}
			clock = max(clock, at)
			at += r.IntN(3)
		}
	}
	return ops
}

// possible decides by trying all orders, and for each operation of unknown outcome that it happens or not.
func possible(ops []*operation, v content, left map[*operation]bool) bool {
	done := true
	for _, o := range ops {
		done = done && (!left[o] || !o.known)
	}
	if done {
		return true
	}
	for _, o := range ops {
		if !left[o] {
			continue
		}
		first := true
		for _, before := range ops {
			first = first && (!left[before] || before.ret > o.call)
		}
		next, ok := o.step(v)
		if !first || !ok {
			continue
		}
		left[o] = false
		found := possible(ops, next, left)
		left[o] = true
		if found {
			return true
		}
	}
	return false
}

func TestVerdictsAreThoseOfTryingAllOrders(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	tally := map[string]int{}
	for i := range 6000 {
		ops := random(r, i%2 == 0, i%4 == 1)
		for _, model := range []Model{KV, Register} {
			if i%4 == 1 && model == Register {
				continue // has no swaps
			}
			v, err := Linearizable(ops, model, ample)
			if err != nil {
				t.Fatal(err)
			}
			if v.Outcome == Unknown {
				continue // none is ok
			}
			if want := allOrders(t, ops, model); v.Outcome != want {
				t.Fatalf("history %d, %s: got %s, want %s: %s\n%s", i, model, v.Outcome, want, v.Reason, lines(ops))
			}
			// What is shown of a violation must be one by itself.
			if v.Outcome == Violated && allOrders(t, v.Ops, model) != Violated {
				t.Fatalf("history %d, %s: what is shown has an explanation:\n%s\nof\n%s", i, model, v.Reason, lines(ops))
			}
			tally[fmt.Sprint(model, v.Outcome, i%4)]++
		}
	}
	for name, n := range tally {
		if n < 100 {
			t.Errorf("only %d histories of the sort %s: the test is one-sided", n, name)
		}
	}
}

// allOrders judges the history as it is: nothing is left out but what has failed and what an unknown read has not said.
func allOrders(t *testing.T, ops []Op, model Model) Outcome {
	t.Helper()
	var list []*operation
	left := map[*operation]bool{}
	for i := range ops {
		o, err := model.operation(&ops[i])
		if err != nil {
			t.Fatal(err)
		}
		if o.known || o.action != reads {
			list, left[o] = append(list, o), true
		}
	}
	rank(list)
	if possible(list, model.initial(), left) {
		return OK
	}
	return Violated
}

func lines(ops []Op) string {
	var b strings.Builder
	for _, o := range ops {
		b.WriteString(o.String() + "\n")
	}
	return b.String()
}
