package script

import (
	"errors"
	"fmt"
	"math"
	"math/big"

	"go.starlark.net/lib/json"
	libmath "go.starlark.net/lib/math"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/star"
)

// localKey is where a Starlark thread keeps what it belongs to: a *toplevel while a file is loaded, a *frame in a run.
const localKey = "lab"

// toplevel is what the thread of a file's top level belongs to.
type toplevel struct {
	loading *loading
	module  *module
}

// frame is what a Starlark thread of a run belongs to.
type frame struct {
	run     *run
	notes   notes
	counted uint64 // of the thread's steps, those in the run's budget already
}

// predeclared are the names that every file knows. All values are immutable, so that runs may share them.
var predeclared = makePredeclared()

func makePredeclared() starlark.StringDict {
	names := star.Predeclared()
	for name, fn := range map[string]func(
		*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple,
	) (starlark.Value, error){
		"check": checkBuiltin, "expect": expectBuiltin, "matrix": matrixBuiltin, "plugin": pluginBuiltin,
		"sum": sumBuiltin, "round": roundBuiltin, "struct": structBuiltin,
		siteName: siteBuiltin, noteName: noteBuiltin, probeName: probeBuiltin,
	} {
		names[name] = starlark.NewBuiltin(name, fn)
	}
	names["math"], names["json"] = libmath.Module, json.Module
	names.Freeze()
	return names
}

// sumBuiltin adds numbers or quantities; the sum of nothing is 0.
func sumBuiltin(
	_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var values starlark.Iterable
	var total starlark.Value
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "values", &values, "start?", &total); err != nil {
		return nil, err
	}
	for v := range starlark.Elements(values) {
		if total == nil {
			total = v
			continue
		}
		var err error
		if total, err = starlark.Binary(syntax.PLUS, total, v); err != nil {
			return nil, fmt.Errorf("sum: %w", err)
		}
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
		return nil, star.Errorf("struct(a = 1)", "%s: got %d positional arguments, want 0", b.Name(), len(args))
	}
	return star.StructOf(kwargs), nil
}

// roundBuiltin rounds half to even, as Python does: to an integer, or to a number of digits.
func roundBuiltin(
	_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var x starlark.Value
	digits := 0
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "x", &x, "digits?", &digits); err != nil {
		return nil, err
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
	whole, accuracy := big.NewFloat(math.RoundToEven(finite(f))).Int(nil)
	if accuracy != big.Exact || f != f || math.IsInf(f, 0) {
		return nil, errors.New("round: the number has no nearest integer")
	}
	return starlark.MakeBigInt(whole), nil
}

func finite(f float64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return 0
	}
	return f
}

// roundTo leaves a number alone that is too large to have so many digits.
func roundTo(f float64, digits int) float64 {
	power := math.Pow(10, float64(digits))
	if rounded := math.RoundToEven(f*power) / power; !math.IsInf(rounded, 0) && !math.IsNaN(rounded) {
		return rounded
	}
	return f
}

// pluginBuiltin declares a plugin's kinds: plugin("./sticky") at the top level of a file.
func pluginBuiltin(
	thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var path string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "path", &path); err != nil {
		return nil, err
	}
	top, ok := thread.Local(localKey).(*toplevel)
	if !ok {
		return nil, errors.New("plugin belongs at the top level of a file, so that its kinds are known before anything runs")
	}
	return starlark.None, top.loading.plugin(top.module, path)
}
