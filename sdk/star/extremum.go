package star

import "go.starlark.net/starlark"

// extremum is min or max with an arithmetic key, whose text and other names come behind it; usual is what the call would
// be without them.
func extremum(usual *starlark.Builtin) *starlark.Builtin {
	largest := usual.Name() == "max"
	return starlark.NewBuiltin(usual.Name(), recovered(func(
		thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
	) (starlark.Value, error) {
		text, _ := starlark.AsString(kwargs[1][1])
		others := kwargs[2:]
		kwargs = kwargs[:1]
		known, _ := arithmetics.Load(text)
		key := known.(*arithmetic)
		items, ok := args[0].(starlark.Indexable)
		if !ok || items.Len() == 0 || items.Len() > shortIterable {
			return usual.CallInternal(thread, args, kwargs)
		}
		if best, ok := key.best(items, others, largest); ok && key.steps.Load() > 0 {
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
func (a *arithmetic) best(
	items starlark.Indexable, names []starlark.Tuple, largest bool,
) (best starlark.Value, ok bool) {
	var stack [maxStack]num
	var others [maxOthers]num
	for i, name := range names {
		if others[i], ok = numOf(name[1]); !ok {
			return nil, false
		}
	}
	var top num
	for i := range items.Len() {
		item := items.Index(i)
		if !a.of(item, &others, &stack) {
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
