package star

import (
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// extremum is min or max with an arithmetic key, whose text comes as the last of the named arguments; usual is what the
// call would be without it.
func extremum(usual *starlark.Builtin) *starlark.Builtin {
	largest := usual.Name() == "max"
	return starlark.NewBuiltin(usual.Name(), recovered(func(
		thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
	) (starlark.Value, error) {
		text, _ := starlark.AsString(kwargs[len(kwargs)-1][1])
		kwargs = kwargs[:len(kwargs)-1]
		known, _ := arithmetics.Load(text)
		key := known.(*arithmetic)
		items, ok := args[0].(starlark.Indexable)
		if !ok || items.Len() == 0 || items.Len() > shortIterable {
			return usual.CallInternal(thread, args, kwargs)
		}
		if best, ok := key.best(items, largest); ok && key.steps.Load() > 0 {
			thread.Steps += key.steps.Load() * uint64(items.Len())
			return best, nil
		}
		before, n := thread.Steps, uint64(items.Len())
		v, err := usual.CallInternal(thread, args, kwargs)
		if steps := thread.Steps - before; err == nil && steps%n == 0 {
			key.steps.Store(steps / n)
		}
		return v, err
	}))
}

// best is the first item with the least, or the largest, key.
func (a *arithmetic) best(items starlark.Indexable, largest bool) (best starlark.Value, ok bool) {
	var stack [maxStack]num
	var top num
	for i := range items.Len() {
		item := items.Index(i)
		if !a.of(item, &stack) {
			return nil, false
		}
		key := &stack[0]
		better := i == 0
		switch {
		case better:
		case largest:
			better, ok = top.less(key)
		default:
			better, ok = key.less(&top)
		}
		switch {
		case i > 0 && !ok:
			return nil, false
		case better:
			best, top = item, *key
		}
	}
	return best, true
}

// hidden is a named argument that only Guard gives.
func hidden(name, text string, at syntax.Position) syntax.Expr {
	return &syntax.BinaryExpr{
		X: &syntax.Ident{NamePos: at, Name: name}, OpPos: at, Op: syntax.EQ,
		Y: &syntax.Literal{Token: syntax.STRING, TokenPos: at, Raw: text, Value: text},
	}
}
