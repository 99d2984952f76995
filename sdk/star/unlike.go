package star

import (
	"strconv"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/value"
)

// mostCompared bounds how many items of two values are looked at, and mostLevels how deep.
const (
	mostCompared = 100
	mostLevels   = 4
)

// unlike returns an error when x op y is the same whatever the values are, because of their types: "500" reads as a number
// and equals none. Values that may be of any type, such as None or a text that is no number, are compared as ever.
func unlike(op syntax.Token, x, y starlark.Value) error {
	if op != syntax.IN {
		return unequal(x, y, mostLevels)
	}
	items, ok := y.(starlark.Iterable)
	if !ok {
		return nil
	}
	var found error
	n := 0
	for item := range starlark.Elements(items) {
		err := unequal(x, item, mostLevels)
		if n++; n > mostCompared || err == nil && sameSort(x, item) {
			return nil
		}
		if found == nil {
			found = err
		}
	}
	return found
}

// sameSort tells whether two values may well be equal.
func sameSort(x, y starlark.Value) bool {
	return x.Type() == y.Type() || isNumber(x) && isNumber(y)
}

// unequal returns an error when two values, or two of their items that must be equal, only read as if they might be.
func unequal(x, y starlark.Value, levels int) error {
	if levels == 0 {
		return nil
	}
	switch a := x.(type) {
	case *starlark.List, starlark.Tuple:
		if x.Type() == y.Type() {
			return unequalItems(a.(starlark.Indexable), y.(starlark.Indexable), levels-1)
		}
	case *starlark.Dict:
		if b, ok := y.(*starlark.Dict); ok {
			return unequalEntries(a, b, levels-1)
		}
	}
	if err := mistaken(x, y); err != nil {
		return err
	}
	if err := uncalled(x, y); err != nil {
		return err
	}
	hint := readsAlike(x, y)
	if hint == "" {
		if hint = readsAlike(y, x); hint == "" {
			return nil
		}
	}
	return Errorf(hint, "%s equals no %s: got %s and %s", x.Type(), y.Type(), Show(x, maxName), Show(y, maxName))
}

func unequalItems(x, y starlark.Indexable, levels int) error {
	if x.Len() != y.Len() {
		return nil
	}
	for i := range min(x.Len(), mostCompared) {
		if err := unequal(x.Index(i), y.Index(i), levels); err != nil {
			return err
		}
	}
	return nil
}

// unequalEntries compares the values of equal keys, and else the first keys.
func unequalEntries(x, y *starlark.Dict, levels int) error {
	if x.Len() != y.Len() {
		return nil
	}
	n := 0
	for key, value := range x.Entries() {
		if n++; n > mostCompared {
			return nil
		}
		other, found, err := y.Get(key)
		if err != nil {
			return nil
		}
		if found {
			err = unequal(value, other, levels)
		} else {
			err = unlike(syntax.IN, key, y)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Answer is a struct that a method has returned: a script that compares it with a number or a text means one of its fields.
type Answer interface {
	Recorded
	Answer()
}

// uncalled returns an error when a method or a builtin is compared with a value that is none: it was to be called. A function of
// the script is left alone beside a text, because a parameter may be either.
func uncalled(x, y starlark.Value) error {
	fn, is := x.(starlark.Callable)
	if !is {
		if fn, is = y.(starlark.Callable); !is {
			return nil
		}
		y = x
	}
	_, scripts := fn.(*starlark.Function)
	switch y.(type) {
	case starlark.Callable, starlark.NoneType:
		return nil
	case starlark.String:
		if scripts {
			return nil
		}
	}
	return Errorf("call it: "+fn.Name()+"()", "a function equals no %s: got %s and %s", y.Type(), fn.Name(), Show(y, maxName))
}

// readsAlike is what to write instead when y reads as a value of the sort of x, and is none; "" when it does not.
func readsAlike(x, y starlark.Value) string {
	text, isText := y.(starlark.String)
	switch x := x.(type) {
	case Answer, Reference:
		if _, named := x.(Named); !named && (isText || isNumber(y)) {
			return "compare what it has: x.value, for example"
		}
	case Duration:
		_, err := value.ParseDuration(string(text))
		return withUnit("duration", "10*ms", y, isText && err == nil)
	case Rate:
		_, err := value.ParseRate(string(text))
		return withUnit("rate", "1*mbit", y, isText && err == nil)
	case starlark.Int, starlark.Float:
		if isText && numeral(string(text)) {
			return "compare two numbers or two texts: int(x), float(x), str(x)"
		}
		if _, err := value.ParseSize(string(text)); isText && err == nil {
			return "a size is a number of bytes, without quotes: 64*KiB"
		}
	case starlark.Bool:
		if isText && (strings.EqualFold(string(text), "true") || strings.EqualFold(string(text), "false")) {
			return "write True or False without quotes"
		}
		if n, err := starlark.AsInt32(y); err == nil && (n == 0 || n == 1) {
			return "a truth value is no number here: write it alone, or not before it"
		}
	case starlark.Bytes:
		if isText {
			return "a text is str(bytes)"
		}
	case starlark.Sequence:
		if isNumber(y) {
			return "the number of its items is len(x)"
		}
		if _, list := x.(*starlark.List); list {
			if _, tuple := y.(starlark.Tuple); tuple {
				return "compare two lists: list(x)"
			}
		}
	}
	return ""
}

// withUnit is what to write instead of y, which is compared with a duration or rate: it may be a text that reads as one.
func withUnit(what, example string, y starlark.Value, reads bool) string {
	switch {
	case isNumber(y):
		return "give the number a unit: " + example
	case reads:
		return "write the " + what + " without quotes: " + example
	}
	return ""
}

// numeral tells whether a text reads as a number.
func numeral(text string) bool {
	digits := strings.TrimLeft(text, "+-.")
	if digits == "" || digits[0] < '0' || digits[0] > '9' || strings.ContainsAny(text, "_xXpP") {
		return false
	}
	_, err := strconv.ParseFloat(text, 64)
	return err == nil
}
