package star

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"

	libmath "go.starlark.net/lib/math"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/value"
)

// Dialect is the language of scripts: standard Starlark plus sets and statements at top level. Recursion and while stay
// off, so that a step limit is all that a computation needs. Do not change it.
var Dialect = &syntax.FileOptions{Set: true, TopLevelControl: true}

// MaxSource bounds a source file in bytes, and with it the depth of the parser's recursion.
const MaxSource = 256 << 10

// Predeclared returns the names that mean the same in an experiment and in a function that runs in a plugin: units,
// constructors of draws, abs, sum, round, struct, and the modules math and json; the builtins of Starlark that have a bound
// here; and what a guarded file calls (see Guard).
func Predeclared() starlark.StringDict {
	names := starlark.StringDict{
		"KiB": starlark.MakeInt(1 << 10), "MiB": starlark.MakeInt(1 << 20),
		"abs":    starlark.NewBuiltin("abs", absBuiltin),
		"sum":    starlark.NewBuiltin("sum", sumBuiltin),
		"round":  starlark.NewBuiltin("round", roundBuiltin),
		"struct": starlark.NewBuiltin("struct", structBuiltin),
		"math":   libmath.Module, "json": jsonModule(),
		"burst": starlark.NewBuiltin("burst", constructBurst), "codel": starlark.NewBuiltin("codel", constructCodel),
	}
	for _, u := range value.DurationUnits {
		names[u.Name] = Duration(u.Size)
	}
	for _, u := range value.RateUnits {
		names[u.Name] = Rate(u.Size)
	}
	for _, c := range constructors {
		names[c.name] = starlark.NewBuiltin(c.name, c.construct)
	}
	maps.Copy(names, guardedUniverse())
	maps.Copy(names, guardWords())
	return names
}

// durationUnits are the names of Predeclared that are a duration.
var durationUnits = func() starlark.StringDict {
	names := starlark.StringDict{}
	for _, u := range value.DurationUnits {
		names[u.Name] = Duration(u.Size)
	}
	return names
}()

// units are the names of Predeclared that are a duration or a rate.
var units = unitNames()

func unitNames() map[string]bool {
	names := map[string]bool{}
	for _, u := range value.DurationUnits {
		names[u.Name] = true
	}
	for _, u := range value.RateUnits {
		names[u.Name] = true
	}
	return names
}

// sumBuiltin adds numbers or quantities; the sum of nothing is 0.
func sumBuiltin(
	thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var values starlark.Iterable
	var total starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "values", &values, "start?", &total); err != nil {
		return nil, err
	}
	counted, check := countItems(thread, starlark.Tuple{values})
	for v := range starlark.Elements(counted[0].(starlark.Iterable)) {
		if total == nil {
			total = v
			continue
		}
		var err error
		if total, err = operate(thread, syntax.PLUS, total, v); err != nil {
			return nil, fmt.Errorf("sum: %w", err)
		}
	}
	if err := check(); err != nil {
		return nil, err
	}
	if total == nil {
		return starlark.MakeInt(0), nil
	}
	return total, nil
}

// structBuiltin is struct(**fields).
func structBuiltin(
	_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	if len(args) > 0 {
		return nil, Errorf("struct(a = 1)", "%s: got %d positional arguments, want 0", b.Name(), len(args))
	}
	return StructOf(kwargs), nil
}

// roundBuiltin rounds half to even, as Python does: to an integer, or to a number of digits; a quantity to a multiple
// of another one.
func roundBuiltin(
	_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var x, to starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", &x, "digits?", &to); err != nil {
		return nil, err
	}
	if q, err := roundQuantity(x, to); q != nil || err != nil {
		return q, err
	}
	digits := 0
	if to != nil {
		if err := starlark.AsInt(to, &digits); err != nil {
			return nil, fmt.Errorf("round: digits: %w", err)
		}
	}
	if n, ok := x.(starlark.Int); ok && digits >= 0 {
		return n, nil
	}
	f, ok := starlark.AsFloat(x)
	if !ok {
		return nil, fmt.Errorf("round: got %s, want a number", x.Type())
	}
	if digits < -300 || digits > 300 {
		return nil, fmt.Errorf("round: digits: got %d, want -300 to 300", digits)
	}
	if digits != 0 {
		return starlark.Float(roundTo(f, digits)), nil
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, errors.New("round: the number has no nearest integer")
	}
	whole, _ := big.NewFloat(math.RoundToEven(f)).Int(nil)
	return starlark.MakeBigInt(whole), nil
}

// roundTo leaves a number alone that is too large to have so many digits.
func roundTo(f float64, digits int) float64 {
	power := math.Pow(10, float64(digits))
	if rounded := math.RoundToEven(f*power) / power; !math.IsInf(rounded, 0) && !math.IsNaN(rounded) {
		return rounded
	}
	return f
}
