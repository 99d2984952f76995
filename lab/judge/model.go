package judge

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/netlab-dev/netlab/sdk/value"
)

// content is what a key holds, as a text in the notation of scripts: two values are equal when their texts are.
type content string

const (
	absent content = "None"
	unread content = "" // of a register: anything
)

// valueOf writes a value so that those read alike that Starlark holds equal, and text and bytes of the same content,
// because a manifest's type may turn the one into the other.
func valueOf(v any) content {
	switch v := v.(type) {
	case []byte:
		return valueOf(string(v))
	case float64:
		if n := int64(v); v > math.MinInt64 && v < math.MaxInt64 && float64(n) == v {
			return valueOf(n)
		}
	}
	return content(value.Format(v))
}

// add is the sum of a number and n; false when the value is none.
func (v content) add(n int64) (content, bool) {
	if v == absent {
		return content(strconv.FormatInt(n, 10)), true
	}
	old, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		return v, false
	}
	return content(strconv.FormatInt(old+n, 10)), true
}

type action uint8

const (
	reads action = iota
	writes
	swaps
	adds
)

// operation is an Op as the models see it. It is immutable once it is compiled.
type operation struct {
	*Op
	key    content
	action action
	known  bool    // its outcome is
	seen   content // by a read; the sum, of an add
	next   content // what a write, or a swap that succeeds, leaves
	old    content // what a swap compares with
	by     int64   // what is added
	did    bool    // of a swap: it has swapped
	told   bool    // of a swap that has not: it has told what it found

	call, ret int64 // the ranks of its start and its end among all of the history: no two are equal
}

// step is what the operation does to a value; false when it cannot have returned what it has.
func (o *operation) step(v content) (content, bool) {
	switch o.action {
	case reads:
		return o.seen, v == o.seen || v == unread
	case writes:
		return o.next, true
	case swaps:
		if o.known && o.did != (v == o.old) || o.told && v != o.seen {
			return v, false
		}
		if v == o.old {
			return o.next, true
		}
		return v, true
	}
	sum, ok := v.add(o.by)
	if !o.known {
		return sum, true // it may as well have failed, when the value is no number
	}
	return sum, ok && sum == o.seen
}

// part is what was done to one key.
type part struct {
	key    content
	ops    []*operation // those that may have happened, by start
	failed []*operation
}

// name is how people call the part.
func (p part) name() string {
	if p.key == unread {
		return "the register"
	}
	return "key " + clip(string(p.key))
}

// form is how a method of a model reads.
type form struct {
	action action
	keyed  bool
}

var models = map[Model]map[string]form{
	KV:       {"get": {reads, true}, "put": {writes, true}, "cas": {swaps, true}, "incr": {adds, true}},
	Register: {"read": {reads, false}, "write": {writes, false}, "get": {reads, true}, "put": {writes, true}},
}

func (m Model) initial() content {
	if m == Register {
		return unread
	}
	return absent
}

// compile turns a history into what is to be judged: by key, the keys with the fewest operations first.
func compile(ops []Op, model Model) ([]part, error) {
	if models[model] == nil {
		return nil, fmt.Errorf("no model %q, want %q or %q", string(model), string(KV), string(Register))
	}
	byKey, failed := map[content][]*operation{}, map[content][]*operation{}
	for i := range ops {
		o, err := model.operation(&ops[i])
		if err != nil {
			return nil, err
		}
		switch {
		case o.Outcome == Failed:
			failed[o.key] = append(failed[o.key], o)
		case o.known || o.action != reads: // an unknown read says nothing
			byKey[o.key] = append(byKey[o.key], o)
		}
	}
	var parts []part
	for key, list := range byKey {
		rank(list)
		parts = append(parts, part{key, pruned(list), failed[key]})
	}
	slices.SortFunc(parts, func(a, b part) int {
		return cmp.Or(cmp.Compare(len(a.ops), len(b.ops)), cmp.Compare(a.key, b.key))
	})
	if model == Register && len(parts) > 1 {
		return nil, fmt.Errorf("a register is one value, but the history is about %s and %s",
			parts[0].name(), parts[1].name())
	}
	return parts, nil
}

// operation reads an Op in the words of the model.
func (m Model) operation(op *Op) (*operation, error) {
	f, ok := models[m][op.Method]
	if !ok {
		return nil, fmt.Errorf("model %q has no operation %q, as called on %s", string(m), op.Method, op.Node)
	}
	o := &operation{Op: op, action: f.action, known: op.Outcome == OK}
	var err error
	argument := func(name string) any {
		v, ok := op.Args.Lookup(name)
		if !ok && err == nil {
			err = fmt.Errorf("%s of %s has no argument %q", op.Method, op.Node, name)
		}
		return v
	}
	if f.keyed {
		o.key = valueOf(argument("key"))
	}
	switch f.action {
	case writes:
		o.next = valueOf(argument("value"))
	case swaps:
		o.old, o.next = valueOf(argument("old")), valueOf(argument("new"))
	case adds:
		if o.by, ok = argument("by").(int64); !ok && err == nil {
			err = fmt.Errorf("%s of %s: by: got %s, want an integer", op.Method, op.Node, value.Format(op.Args.Get("by")))
		}
	}
	if err == nil && o.known {
		err = o.readResult()
	}
	return o, err
}

// readResult takes in what a completed operation has returned.
func (o *operation) readResult() error {
	name := "value"
	switch o.action {
	case writes:
		return nil // whatever it returns says nothing
	case swaps:
		name = "swapped"
	}
	result, more := o.Result, value.Fields(nil)
	if fields, ok := result.(value.Fields); ok {
		if result, ok = fields.Lookup(name); !ok {
			return fmt.Errorf("%s of %s: the result has no field %q: %s", o.Method, o.Node, name, value.Format(fields))
		}
		more = fields
	}
	if o.action != swaps {
		o.seen = valueOf(result)
		return nil
	}
	var ok bool
	if o.did, ok = result.(bool); !ok {
		return fmt.Errorf("%s of %s: got %s, want whether it has swapped", o.Method, o.Node, value.Format(result))
	}
	if found, ok := more.Lookup("value"); ok && !o.did {
		o.seen, o.told = valueOf(found), true
	}
	return nil
}

// edge is the start or the end of an operation.
type edge struct {
	o    *operation
	at   time.Duration
	seq  uint64
	ends bool
}

// edges are the two ends of an operation. One whose outcome is unknown ends after all others; one that says it ended
// before it began ends where it began.
func (o *operation) edges() (start, end edge) {
	start = edge{o, o.Started, o.Begun, false}
	end = edge{o, o.Ended, o.Over, true}
	if !o.known {
		end.at = math.MaxInt64
	}
	if cmp.Or(cmp.Compare(end.at, start.at), cmp.Compare(end.seq, start.seq)) < 0 {
		end.at, end.seq = start.at, start.seq
	}
	return start, end
}

// rank numbers the starts and ends, and sorts the operations by start. Of one instant and number, starts come first:
// then the operations overlap.
func rank(ops []*operation) {
	edges := make([]edge, 0, 2*len(ops))
	for _, o := range ops {
		start, end := o.edges()
		edges = append(edges, start, end)
	}
	slices.SortStableFunc(edges, func(a, b edge) int {
		order := cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.seq, b.seq))
		switch {
		case order != 0 || a.ends == b.ends:
			return order
		case a.ends:
			return 1
		}
		return -1
	})
	for i, e := range edges {
		if e.ends {
			e.o.ret = int64(i)
		} else {
			e.o.call = int64(i)
		}
	}
	slices.SortFunc(ops, func(a, b *operation) int { return cmp.Compare(a.call, b.call) })
}

// pruned leaves out writes of which nobody knows whether they have happened, and whose value nobody has seen: placed
// after everything else they change nothing, and each would double the work of a search. Swaps and sums may have felt
// them without telling, so then all stay.
func pruned(ops []*operation) []*operation {
	seen := map[content]bool{}
	for _, o := range ops {
		switch o.action {
		case reads:
			seen[o.seen] = true
		case swaps, adds:
			return ops
		}
	}
	return slices.DeleteFunc(ops, func(o *operation) bool { return !o.known && !seen[o.next] })
}

// overlap is the largest number of operations that were under way at once.
func overlap(ops []*operation) int {
	edges := make([]int64, 0, 2*len(ops))
	for _, o := range ops {
		edges = append(edges, 2*o.call, 2*o.ret+1)
	}
	slices.Sort(edges)
	most, now := 0, 0
	for _, e := range edges {
		if now += int(1 - 2*(e&1)); now > most {
			most = now
		}
	}
	return most
}
