package star

import (
	"fmt"
	"maps"
	"math"
	"sync"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/spell"
)

// Names that no script can write, by which a guarded file calls what has a bound (see Guard).
const (
	operatorPrefix = "$"   // $+(x, y) is x + y
	operandPrefix  = "$="  // $+=(x, y) is y, if x += y may be done
	methodPrefix   = "$."  // $.join(x) is x.join
	sliceName      = "$[:" // $[:(x) is x, if it may be sliced
	spreadName     = "$(*" // $(*(x) is x, if f(*x) may be called
	dictOfName     = "$dict"
	fastKeysPrefix = "$key "
	// arithmeticPrefix also names the argument that such a call has more: see extremum.
	arithmeticPrefix = "$arith "
	comparedName     = "$==" // $== << x is x, if it may be compared: see operand
	searchedName     = "$in" // $in << x is x, if something may be looked for in it
	keyName          = "$["  // $[ << x is x, if it may be a key
	growingName      = "$[=" // $[= << x is x, if it may get one key more
)

// guardedOperators are the operators whose result may be much larger than their operands.
var guardedOperators = []syntax.Token{syntax.PLUS, syntax.STAR, syntax.PERCENT, syntax.PIPE, syntax.CIRCUMFLEX}

// comparisons are those that may visit much.
var comparisons = []syntax.Token{
	syntax.EQL, syntax.NEQ, syntax.LT, syntax.LE, syntax.GT, syntax.GE, syntax.IN, syntax.NOT_IN,
}

// guardWords are the builtins that Guard puts into a file.
var guardWords = sync.OnceValue(func() starlark.StringDict {
	names := starlark.StringDict{
		sliceName:  starlark.NewBuiltin(sliceName, sliceable),
		spreadName: starlark.NewBuiltin(spreadName, spreadable),
		dictOfName: starlark.NewBuiltin(dictOfName, dictOfItems),
	}
	for _, op := range guardedOperators {
		name := operatorPrefix + op.String()
		names[name] = starlark.NewBuiltin(name, recovered(func(
			thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple,
		) (starlark.Value, error) {
			return operate(thread, op, args[0], args[1])
		}))
		name = operandPrefix + op.String()
		names[name] = starlark.NewBuiltin(name, recovered(func(
			thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple,
		) (starlark.Value, error) {
			return args[1], augmentable(thread, op, args[0], args[1])
		}))
	}
	for prefix, compare := range map[string]func(syntax.Token, starlark.Value, starlark.Value) (starlark.Value, error){
		namedPrefix: compareNamed, alikePrefix: compareAlike,
	} {
		for _, op := range namedOperators {
			name := prefix + op.String()
			names[name] = starlark.NewBuiltin(name, recovered(func(
				_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple,
			) (starlark.Value, error) {
				return compare(op, args[0], args[1])
			}))
		}
	}
	for name := range guardedMethods {
		names[methodPrefix+name] = starlark.NewBuiltin(methodPrefix+name, func(
			_ *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple,
		) (starlark.Value, error) {
			return attribute(args[0], name)
		})
	}
	maps.Copy(names, boundOperands(maxVisits))
	names.Freeze()
	return names
})

// operate is starlark.Binary with a bound on the result.
func operate(thread *starlark.Thread, op syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	bytes, err := operatorNeeds(op, x, y)
	if err != nil {
		return nil, err
	}
	if _, err := visitable(thread, op.String(), nil, starlark.Tuple{x, y}, nil); err != nil {
		return nil, err
	}
	if err := reserve(thread, op.String(), bytes, bytes); err != nil {
		return nil, err
	}
	return starlark.Binary(op, x, y)
}

// operatorNeeds tells how much the result of an operator takes. Operands that do not go together take nothing.
func operatorNeeds(op syntax.Token, x, y starlark.Value) (float64, error) {
	switch op {
	case syntax.PLUS:
		switch x := x.(type) {
		case starlark.String, starlark.Bytes:
			if x.Type() == y.Type() {
				return float64(starlark.Len(x)) + float64(starlark.Len(y)), nil
			}
		case *starlark.List, starlark.Tuple:
			if x.Type() == y.Type() {
				return itemSize * (float64(starlark.Len(x)) + float64(starlark.Len(y))), nil
			}
		}
	case syntax.STAR:
		return productNeeds(x, y)
	case syntax.PERCENT:
		if format, ok := x.(starlark.String); ok {
			return formatNeeds(format, y)
		}
	case syntax.PIPE, syntax.CIRCUMFLEX:
		switch x.(type) {
		case *starlark.Dict, *starlark.Set:
			if x.Type() == y.Type() {
				return entrySize * (float64(starlark.Len(x)) + float64(starlark.Len(y))), nil
			}
		}
	}
	return 0, nil
}

func productNeeds(x, y starlark.Value) (float64, error) {
	n, isInt := y.(starlark.Int)
	if !isInt {
		if n, isInt = x.(starlark.Int); !isInt {
			return 0, nil
		}
		x = y
	}
	size := 1.0
	switch x := x.(type) {
	case starlark.Int:
		return 0, productOfInts(x, n)
	case starlark.String, starlark.Bytes:
	case *starlark.List, starlark.Tuple:
		size = itemSize
	default:
		return 0, nil
	}
	times, ok := n.Int64()
	if !ok || times < 0 || times > math.MaxInt32 { // Starlark refuses these, or repeats nothing
		times = 0
	}
	return size * float64(starlark.Len(x)) * float64(times), nil
}

func productOfInts(x, y starlark.Int) error {
	_, small := x.Int64()
	if _, both := y.Int64(); small && both {
		return nil
	}
	if bits := x.BigInt().BitLen() + y.BigInt().BitLen(); bits > maxBits {
		return Errorf("use floats where the last digit does not matter",
			"int * int: the product has more than %d bits", maxBits)
	}
	return nil
}

// formatNeeds is the length of format % operands. A mapping may show a value any number of times, a tuple shows each
// once.
func formatNeeds(format starlark.String, operands starlark.Value) (float64, error) {
	const what = "string % value"
	length := float64(len(format))
	switch operands := operands.(type) {
	case starlark.Tuple:
		n, err := fits(what, operands...)
		return length + n, err
	case starlark.Mapping:
		longest := 0.0
		if dict, ok := operands.(*starlark.Dict); ok {
			for _, v := range dict.Entries() {
				n, err := fits(what, v)
				if err != nil {
					return 0, err
				}
				longest = max(longest, n)
			}
		}
		length += longest * float64(countByte(string(format), '%'))
	default:
		n, err := fits(what, operands)
		return length + n, err
	}
	return length, nil
}

func countByte(text string, c byte) (n int) {
	for i := range len(text) {
		if text[i] == c {
			n++
		}
	}
	return n
}

// augmentable returns an error when x op= y would need too much. A list and a dict grow in place, by whatever y holds.
func augmentable(thread *starlark.Thread, op syntax.Token, x, y starlark.Value) error {
	bytes, more := 0.0, 0.0
	list, isList := x.(*starlark.List)
	_, isDict := x.(*starlark.Dict)
	if err := mayGrow(x, itemsAtMost(starlark.Tuple{y})); err != nil {
		return err
	}
	switch _, iterable := y.(starlark.Iterable); {
	case op == syntax.PLUS && isList && iterable:
		n, _ := lengthOf(y)
		more = itemSize * max(n, 0)
		bytes = itemSize*float64(list.Len()) + more
	default:
		var err error
		if bytes, err = operatorNeeds(op, x, y); err != nil {
			return err
		}
		if more = bytes; isDict {
			more = entrySize * float64(max(starlark.Len(y), 0))
		}
	}
	if _, err := visitable(thread, op.String(), nil, starlark.Tuple{y}, nil); err != nil {
		return err
	}
	return reserve(thread, op.String()+"=", bytes, more)
}

// sliceable returns its argument, when a copy of all its items may be made.
func sliceable(
	thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple,
) (starlark.Value, error) {
	bytes, _ := lengthOf(args[0])
	switch args[0].(type) {
	case *starlark.List:
		bytes *= itemSize
	case starlark.Tuple:
		if bytes *= itemSize; len(args) == 1 { // a part of it
			bytes = 0
		}
	default:
		if len(args) == 1 {
			bytes = 0
		}
	}
	return args[0], reserve(thread, "slice of a "+args[0].Type(), bytes, bytes)
}

// spreadable returns its argument, when so many arguments may be passed.
func spreadable(
	thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple,
) (starlark.Value, error) {
	n, _ := lengthOf(args[0])
	if _, mapping := args[0].(starlark.IterableMapping); mapping {
		n *= 4
		for name := range starlark.Elements(args[0].(starlark.Iterable)) {
			if text, _ := starlark.AsString(name); len(text) > maxName {
				return nil, fmt.Errorf("call with **: %w", errEndlessName)
			}
		}
	}
	return args[0], reserve(thread, "call with * or **", 2*itemSize*n, 2*itemSize*n)
}

// dictOfItems makes a dict of a list of pairs: {k: v for ...} is written so, since what a dict needs is known only when
// its entries are.
func dictOfItems(
	thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, _ []starlark.Tuple,
) (starlark.Value, error) {
	pairs := args[0].(*starlark.List)
	if _, err := visitable(thread, "dict", nil, args, nil); err != nil {
		return nil, err
	}
	if err := reserve(thread, "dict", entrySize*float64(pairs.Len()), 0); err != nil {
		return nil, err
	}
	dict := starlark.NewDict(pairs.Len())
	for i := range pairs.Len() {
		pair := pairs.Index(i).(starlark.Tuple)
		if err := dict.SetKey(pair[0], pair[1]); err != nil {
			return nil, err
		}
	}
	return dict, nil
}

// attribute is x.name, whose method has a bound.
func attribute(x starlark.Value, name string) (starlark.Value, error) {
	if method := guardedMethod(x, name); method != nil {
		return method, nil
	}
	holder, ok := x.(starlark.HasAttrs)
	if !ok {
		return nil, fmt.Errorf("%s has no .%s field or method", x.Type(), name)
	}
	v, err := holder.Attr(name)
	if v != nil || err != nil {
		if missing, ok := err.(starlark.NoSuchAttrError); ok {
			return nil, fmt.Errorf("%s%s", missing, meant(name, holder))
		}
		return v, err
	}
	return nil, fmt.Errorf("%s has no .%s field or method%s", x.Type(), name, meant(name, holder))
}

// meant offers the attribute that is spelled nearly so.
func meant(name string, holder starlark.HasAttrs) string {
	if near := spell.Nearest(name, holder.AttrNames()); near != "" {
		return fmt.Sprintf(" (did you mean .%s?)", near)
	}
	return ""
}
