package star

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Starlark compares and hashes in one piece, which nothing can stop, and visits what lies in a value twice two times: a
// tuple of a tuple of a tuple ... is soon larger than the world. So the visits are counted first.
const (
	// maxVisits bounds those of one comparison or hash: a piece of memory holds as many.
	maxVisits = MaxPiece / itemSize
	// maxTravelledVisits bounds an operator of a function that travels: its steps bound how many there may be.
	maxTravelledVisits = 1 << 14
)

// What a visit costs beside others, roughly.
const (
	bytesPerVisit   = 64 // of texts
	visitsOfHuge    = 64 // of an integer of more than 64 bits
	visitsPerStep   = 8
	copiedPerStep   = 256 // bytes
	textPrice       = 16  // of a byte that is written or read as a value, in bytes that are copied
	endlessTuplings = "values that hold one another many times count as often as they do"
)

// visits is how many are left.
type visits int

// count takes off what a walk over the value visits. Lists, dicts and sets are entered so many levels deep, tuples and
// structs always: a comparison goes CompareLimit deep, and a hash enters what cannot change.
func (left *visits) count(v starlark.Value, depth int) {
	if *left--; *left < 0 {
		return
	}
	switch v := v.(type) {
	case starlark.String:
		*left -= visits(len(v) / bytesPerVisit)
	case starlark.Bytes:
		*left -= visits(len(v) / bytesPerVisit)
	case starlark.Int:
		if _, small := v.Int64(); !small {
			*left -= visitsOfHuge
		}
	case starlark.Tuple:
		for _, part := range v {
			if *left < 0 {
				return
			}
			left.count(part, depth-1)
		}
	case Recorded:
		left.enter(v, depth)
	case *starlark.List:
		if depth > 0 {
			left.enter(v, depth)
		}
	case *starlark.Dict, *starlark.Set:
		if depth > 0 {
			left.enter(v, depth)
			left.hash(v, false)
		}
	}
}

func (left *visits) enter(v starlark.Value, depth int) {
	parts(v, func(part starlark.Value) {
		if *left >= 0 {
			left.count(part, depth-1)
		}
	})
}

// check tells whether what was counted is still allowed.
func (left visits) check(what string, limit int) error {
	switch {
	case left <= crowded:
		return errCrowded(what)
	case left < 0:
		return Errorf(endlessTuplings, "%s of more than %d values", what, limit)
	}
	return nil
}

// operand is a hidden value before an operand whose comparison or hash has a bound: $== << x is x. That is a third of
// the price of a call.
type operand struct {
	what  string
	depth int
	limit int
	// searched is true of what is left alone unless it is a list or a tuple: others find without a look at what they hold.
	searched bool
}

var _ starlark.HasBinary = (*operand)(nil)

func (o *operand) String() string        { return o.what }
func (o *operand) Type() string          { return o.what }
func (o *operand) Freeze()               {}
func (o *operand) Truth() starlark.Bool  { return true }
func (o *operand) Hash() (uint32, error) { return 0, errors.New("unhashable type: " + o.what) }

// Binary returns its right operand.
func (o *operand) Binary(_ syntax.Token, v starlark.Value, _ starlark.Side) (starlark.Value, error) {
	switch v.(type) {
	case starlark.Int, starlark.Float, starlark.Bool, starlark.NoneType:
		return v, nil
	}
	if o.searched {
		switch v.(type) {
		case *starlark.List, starlark.Tuple:
		default:
			return v, nil
		}
	}
	left := visits(o.limit)
	left.count(v, o.depth)
	return v, left.check(o.what, o.limit)
}

// boundOperands are the operands that Guard puts into a file, with so many visits.
func boundOperands(limit int) starlark.StringDict {
	return starlark.StringDict{
		comparedName: &operand{what: "comparison", depth: starlark.CompareLimit, limit: limit},
		searchedName: &operand{what: "search", depth: starlark.CompareLimit, limit: limit, searched: true},
		keyName:      &operand{what: "key", limit: limit},
		growingName:  growing{},
	}
}

// visitDepths are the builtins and methods that compare or hash their arguments, and what these hold.
var visitDepths = map[string]int{
	"sorted": starlark.CompareLimit, "min": starlark.CompareLimit, "max": starlark.CompareLimit,
	"index": starlark.CompareLimit, "remove": starlark.CompareLimit,
	"set": 1, "union": 1, "difference": 1, "intersection": 1, "symmetric_difference": 1, "issubset": 1, "issuperset": 1,
	"dict": 2, "update": 2, "|": 1, "^": 1,
	"get": 0, "pop": 0, "setdefault": 0, "add": 0, "discard": 0,
}

// hashing are those of them whose arguments become keys.
var hashing = map[string]bool{
	"set": true, "union": true, "difference": true, "intersection": true, "symmetric_difference": true,
	"issubset": true, "issuperset": true, "dict": true, "update": true,
}

// visitable counts what a builtin visits as steps, and returns an error when it is too much. recv may be nil. Where the
// builtin compares keys instead, the function that makes them is replaced by one that counts them.
func visitable(
	thread *starlark.Thread, name string, recv starlark.Value, args starlark.Tuple, kwargs []starlark.Tuple,
) ([]starlark.Tuple, error) {
	depth, known := visitDepths[name]
	if !known {
		return kwargs, nil
	}
	for i, kw := range kwargs {
		if fn, ok := kw[1].(starlark.Callable); ok && kw[0] == starlark.String("key") {
			kwargs[i] = starlark.Tuple{kw[0], countedKeys(fn)}
			return kwargs, nil
		}
		args = append(args[:len(args):len(args)], kw[1])
	}
	left := visits(maxVisits)
	switch recv.(type) {
	case *starlark.List, *starlark.Set:
		if depth > 0 && name != "update" {
			left.count(recv, depth)
		}
	}
	for _, arg := range args {
		left.count(arg, depth)
		switch arg.(type) {
		case *starlark.Dict, *starlark.Set: // whose keys are counted
		case starlark.Sequence:
			if _, toDict := recv.(*starlark.Dict); hashing[name] {
				left.hash(arg, name == "dict" || toDict)
			}
		}
	}
	if err := left.check(name, maxVisits); err != nil {
		return nil, err
	}
	thread.Steps += uint64(maxVisits-left) / visitsPerStep
	return kwargs, nil
}

// countedKeys is a function whose results together have a bound.
func countedKeys(fn starlark.Callable) starlark.Callable {
	left := visits(maxVisits)
	return starlark.NewBuiltin(fn.Name(), func(
		thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
	) (starlark.Value, error) {
		v, err := starlark.Call(thread, fn, args, kwargs)
		if err != nil {
			return nil, err
		}
		left.count(v, starlark.CompareLimit)
		return v, left.check("comparison", maxVisits)
	})
}

var errEndlessName = fmt.Errorf("a name of more than %d bytes", maxName)
