package star

import (
	"fmt"
	"math"
	"strings"
	"unicode"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// methodAsking tells how many bytes a method of that value asks for.
type methodAsking func(recv starlark.Value, args starlark.Tuple, kwargs []starlark.Tuple) (float64, error)

// guardedMethods are the methods of Starlark's own types that may allocate much or work long, by name and type.
var guardedMethods = map[string]map[string]methodAsking{
	"join":       {"string": nil}, // see joined
	"format":     {"string": formattedNeeds},
	"replace":    {"string": replacedNeeds},
	"split":      {"string": splitNeeds},
	"rsplit":     {"string": rsplitNeeds},
	"splitlines": {"string": linesNeeds},
	"strip":      {"string": strippedNeeds},
	"lstrip":     {"string": strippedNeeds},
	"rstrip":     {"string": strippedNeeds},
	"upper":      {"string": casedNeeds},
	"lower":      {"string": casedNeeds},
	"title":      {"string": casedNeeds},
	"capitalize": {"string": casedNeeds},

	"extend": {"list": extendedNeeds},
	"index":  {"list": noneNeeded},
	"remove": {"list": noneNeeded, "set": noneNeeded},
	// These have a bound where they are not called at once: see keyMethods.
	"get":        {"dict": noneNeeded},
	"pop":        {"dict": noneNeeded},
	"setdefault": {"dict": noneNeeded},
	"add":        {"set": noneNeeded},
	"discard":    {"set": noneNeeded},

	"items":  {"dict": ofEntries(itemSize + tupleSize + 2*itemSize)},
	"keys":   {"dict": ofEntries(itemSize)},
	"values": {"dict": ofEntries(itemSize)},
	"update": {"dict": mergedNeeds, "set": mergedNeeds},

	"union":                {"set": mergedNeeds},
	"difference":           {"set": mergedNeeds},
	"intersection":         {"set": mergedNeeds},
	"symmetric_difference": {"set": mergedNeeds},
	"issubset":             {"set": mergedNeeds},
	"issuperset":           {"set": mergedNeeds},
}

// guardedMethod returns the method of a value of one of Starlark's own types that has a bound, nil when it has none.
func guardedMethod(recv starlark.Value, name string) starlark.Value {
	types := guardedMethods[name]
	if types == nil {
		return nil
	}
	switch recv.(type) {
	case starlark.String, *starlark.List, *starlark.Dict, *starlark.Set:
	default:
		return nil
	}
	ask, ok := types[recv.Type()]
	if !ok {
		return nil
	}
	found, err := recv.(starlark.HasAttrs).Attr(name)
	inner, ok := found.(*starlark.Builtin)
	if err != nil || !ok {
		return nil
	}
	fn := func(
		thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
	) (starlark.Value, error) {
		return callMethod(thread, b, inner, ask, args, kwargs)
	}
	return starlark.NewBuiltin(name, recovered(fn)).BindReceiver(recv)
}

func callMethod(
	thread *starlark.Thread, b, inner *starlark.Builtin, ask methodAsking, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	counted, check := countItems(thread, args)
	var bytes float64
	var err error
	if ask == nil {
		counted, bytes = joined(b.Receiver().(starlark.String), counted)
	} else {
		bytes, err = ask(b.Receiver(), args, kwargs)
	}
	if endless := check(); endless != nil {
		return nil, endless
	}
	if err != nil {
		return nil, err
	}
	if kwargs, err = visitable(thread, b.Name(), b.Receiver(), args, kwargs); err != nil {
		return nil, err
	}
	if err := ofTable(b, args, kwargs); err != nil {
		return nil, err
	}
	if err := reserve(thread, b.Receiver().Type()+"."+b.Name(), bytes, bytes-grown(b.Name(), b.Receiver())); err != nil {
		return nil, err
	}
	if b.Name() == "format" || addsList(b.Name(), args) { // format writes iterables, and does not go through them
		counted = args
	}
	result, err := inner.CallInternal(thread, counted, kwargs)
	if endless := check(); endless != nil {
		return nil, endless
	}
	return result, err
}

// ofTable returns an error if a method of a dict or set is given a key that only reads like those it has, or if too many of
// the keys that it grows by collide.
func ofTable(b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple) error {
	name, table := b.Name(), b.Receiver()
	dict, isDict := table.(*starlark.Dict)
	switch {
	case name == "update":
		return mayGrow(table, len(kwargs)+itemsAtMost(args))
	case len(args) == 0:
	case name == "add":
		return mayGet(table, args[0])
	case isDict && (name == "get" || name == "pop" || name == "setdefault"):
		if err := unlike(syntax.IN, args[0], dict); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if name == "setdefault" {
			return mayGet(dict, args[0])
		}
	}
	return nil
}

// addsList tells whether a method adds a list as it is. It would go through anything else item by item, and never reach
// the end of its own receiver, which grows.
func addsList(name string, args starlark.Tuple) bool {
	if name != "extend" || len(args) != 1 {
		return false
	}
	_, ok := args[0].(*starlark.List)
	return ok
}

// grown is what of a method's need its receiver has already, which grows in place, and seldom.
func grown(name string, recv starlark.Value) float64 {
	switch name {
	case "extend":
		return itemSize * float64(starlark.Len(recv))
	case "update":
		return entrySize * float64(starlark.Len(recv))
	}
	return 0
}

func noneNeeded(starlark.Value, starlark.Tuple, []starlark.Tuple) (float64, error) { return 0, nil }

// joined adds up the texts of the one argument. Where an iterable cannot be gone through twice, a list takes its place.
func joined(separator starlark.String, args starlark.Tuple) (starlark.Tuple, float64) {
	if len(args) != 1 {
		return args, 0
	}
	items, ok := args[0].(starlark.Iterable)
	if !ok {
		return args, 0
	}
	_, isList := args[0].(*countedSequence)
	if _, short := args[0].(*starlark.List); short {
		isList = true
	}
	var texts []starlark.Value
	total := 0.0
	for item := range starlark.Elements(items) {
		text, ok := starlark.AsString(item)
		total += float64(len(text)) + float64(len(separator))
		if total > MaxPiece {
			break
		}
		if !isList {
			texts = append(texts, item)
		}
		if !ok {
			break // the error is Starlark's
		}
	}
	if isList {
		return args, total
	}
	return starlark.Tuple{starlark.NewList(texts)}, total
}

// formattedNeeds takes it that the longest argument stands in every field.
func formattedNeeds(recv starlark.Value, args starlark.Tuple, kwargs []starlark.Tuple) (float64, error) {
	format := string(recv.(starlark.String))
	longest := 0.0
	see := func(v starlark.Value) error {
		n, err := fits("string.format", v)
		if err == nil {
			if text, ok := starlark.AsString(v); ok {
				n = max(n, float64(quotedLength(text, false))) // of {!r}
			}
			longest = max(longest, n)
		}
		return err
	}
	for _, v := range args {
		if err := see(v); err != nil {
			return 0, err
		}
	}
	for _, kw := range kwargs {
		if err := see(kw[1]); err != nil {
			return 0, err
		}
	}
	return float64(len(format)) + longest*float64(countByte(format, '{')), nil
}

func replacedNeeds(recv starlark.Value, args starlark.Tuple, _ []starlark.Tuple) (float64, error) {
	text := string(recv.(starlark.String))
	if len(args) < 2 {
		return 0, nil
	}
	old, _ := starlark.AsString(args[0])
	with, _ := starlark.AsString(args[1])
	count := float64(strings.Count(text, old))
	if len(args) > 2 {
		if n, err := starlark.AsInt32(args[2]); err == nil && n >= 0 {
			count = min(count, float64(n))
		}
	}
	return float64(len(text)) + count*max(float64(len(with)-len(old)), 0), nil
}

func splitNeeds(recv starlark.Value, args starlark.Tuple, _ []starlark.Tuple) (float64, error) {
	text := string(recv.(starlark.String))
	if limit, ok := splits(args); ok {
		limit = min(limit, float64(len(text)))
		return min(limit*textSize, limit*itemSize+fields(text, args)*textSize), nil
	}
	return fields(text, args) * textSize, nil
}

// rsplitNeeds makes room for as many splits as it is allowed, whether they are there or not.
func rsplitNeeds(recv starlark.Value, args starlark.Tuple, _ []starlark.Tuple) (float64, error) {
	limit, _ := splits(args)
	return fields(string(recv.(starlark.String)), args)*textSize + limit*itemSize, nil
}

// splits is the second argument of split, if it bounds the splits.
func splits(args starlark.Tuple) (limit float64, ok bool) {
	if len(args) < 2 {
		return 0, false
	}
	n, isInt := args[1].(starlark.Int)
	if !isInt || n.Sign() < 0 {
		return 0, false
	}
	f, _ := starlark.AsFloat(n)
	return f, true
}

// fields is how many parts a text is split into, by a separator or at white space.
func fields(text string, args starlark.Tuple) float64 {
	if len(args) > 0 {
		if separator, ok := starlark.AsString(args[0]); ok && separator != "" {
			return float64(strings.Count(text, separator) + 1)
		}
	}
	count, inField := 0, false
	for _, c := range text {
		space := unicode.IsSpace(c)
		if !space && !inField {
			count++
		}
		inField = !space
	}
	return float64(count)
}

// maxStripped bounds the letters of a text times those that are stripped: each is looked for among them.
const maxStripped = 1 << 32

func strippedNeeds(recv starlark.Value, args starlark.Tuple, _ []starlark.Tuple) (float64, error) {
	if len(args) == 0 {
		return 0, nil
	}
	letters, _ := starlark.AsString(args[0])
	if float64(len(letters))*float64(starlark.Len(recv)) > maxStripped {
		return 0, fmt.Errorf("a text of %d bytes cannot be stripped of %d letters", starlark.Len(recv), len(letters))
	}
	return 0, nil
}

func linesNeeds(recv starlark.Value, _ starlark.Tuple, _ []starlark.Tuple) (float64, error) {
	return textSize * float64(countByte(string(recv.(starlark.String)), '\n')+1), nil
}

// casedNeeds allows for letters that grow, and for a buffer that is copied when it does.
func casedNeeds(recv starlark.Value, _ starlark.Tuple, _ []starlark.Tuple) (float64, error) {
	return 2 * float64(starlark.Len(recv)), nil
}

func extendedNeeds(recv starlark.Value, args starlark.Tuple, _ []starlark.Tuple) (float64, error) {
	if len(args) != 1 {
		return 0, nil
	}
	n, known := lengthOf(args[0])
	if !known {
		n = 0
	}
	return itemSize * (float64(starlark.Len(recv)) + n), nil
}

func ofEntries(size float64) methodAsking {
	return func(recv starlark.Value, _ starlark.Tuple, _ []starlark.Tuple) (float64, error) {
		return size * float64(starlark.Len(recv)), nil
	}
}

// mergedNeeds counts what is there and what comes: a table that grows is made anew.
func mergedNeeds(recv starlark.Value, args starlark.Tuple, kwargs []starlark.Tuple) (float64, error) {
	total := float64(starlark.Len(recv)) + float64(len(kwargs))
	for _, arg := range args {
		if n, known := lengthOf(arg); known {
			total += n
		}
	}
	return entrySize * math.Max(total, 0), nil
}
