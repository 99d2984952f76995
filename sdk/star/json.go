package star

import (
	"fmt"
	"sync"

	"go.starlark.net/lib/json"
	"go.starlark.net/starlark"
	"go.starlark.net/starlarkstruct"
)

// jsonModule is Starlark's json with bounds on depth and size. Its decoder and encoder recurse.
var jsonModule = sync.OnceValue(func() *starlarkstruct.Module {
	module := &starlarkstruct.Module{Name: "json", Members: starlark.StringDict{}}
	for name, ask := range map[string]asking{
		"encode": encodedNeeds, "decode": decodedNeeds, "indent": indentedNeeds,
	} {
		module.Members[name] = guardBuiltin(json.Module.Members[name].(*starlark.Builtin), ask, false, "")
	}
	// It encodes before it indents, so that what it indents can be measured.
	module.Members["encode_indent"] = starlark.NewBuiltin("json.encode_indent", func(
		thread *starlark.Thread, _ *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
	) (starlark.Value, error) {
		encoded, err := module.Members["encode"].(*starlark.Builtin).CallInternal(thread, args, nil)
		if err != nil {
			return nil, err
		}
		return module.Members["indent"].(*starlark.Builtin).CallInternal(thread, starlark.Tuple{encoded}, kwargs)
	})
	module.Freeze()
	return module
})

func encodedNeeds(args starlark.Tuple, _ []starlark.Tuple) (float64, error) {
	if len(args) != 1 {
		return 0, nil
	}
	if err := CheckNesting(args[0]); err != nil {
		return 0, fmt.Errorf("json.encode: %w", err)
	}
	t := texter{room: MaxPiece, json: true}
	err := t.value(args[0])
	return float64(MaxPiece - t.room), tellLength("json.encode", err)
}

// indentedNeeds adds up the lines that indent writes.
func indentedNeeds(args starlark.Tuple, kwargs []starlark.Tuple) (float64, error) {
	if len(args) != 1 {
		return 0, nil
	}
	text, ok := starlark.AsString(args[0])
	if !ok {
		return 0, nil
	}
	prefix, indent := 0, 1
	for _, kw := range kwargs {
		given, _ := starlark.AsString(kw[1])
		switch string(kw[0].(starlark.String)) {
		case "prefix":
			prefix = len(given)
		case "indent":
			indent = len(given)
		}
	}
	total := float64(len(text))
	scanJSON(text, func(c byte, depth int) bool {
		total += 2 + float64(prefix) + float64(indent)*float64(depth)
		return total <= MaxPiece
	})
	return total, nil
}

func decodedNeeds(args starlark.Tuple, kwargs []starlark.Tuple) (float64, error) {
	if len(args) == 0 {
		return 0, nil
	}
	text, ok := starlark.AsString(args[0])
	if !ok {
		return 0, nil
	}
	bytes, deepest := 0.0, 0
	scanJSON(text, func(c byte, depth int) bool {
		switch c {
		case '{':
			bytes += dictSize
		case '[':
			bytes += listSize
		case ',':
			bytes += textSize
		case ':':
			bytes += entrySize
		}
		deepest = max(deepest, depth)
		return deepest <= MaxNesting && bytes <= MaxPiece
	})
	if deepest > MaxNesting {
		return 0, fmt.Errorf("json.decode: nested deeper than %d", MaxNesting)
	}
	if longestNumber(text) > maxDigits {
		return 0, fmt.Errorf("json.decode: number of more than %d digits", maxDigits)
	}
	return max(bytes, float64(len(text))), nil
}

// scanJSON calls visit for each punctuation mark outside texts, with the depth after it, until it returns false.
func scanJSON(text string, visit func(c byte, depth int) bool) {
	depth, inText := 0, false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case inText:
			if c == '\\' {
				i++
			}
			inText = c != '"'
			continue
		case c == '"':
			inText = true
			continue
		case c == '[' || c == '{':
			depth++
		case c == ']' || c == '}':
			depth--
		case c != ',' && c != ':':
			continue
		}
		if !visit(c, depth) {
			return
		}
	}
}

// longestNumber is the length of the longest run of digits.
func longestNumber(text string) (longest int) {
	run := 0
	for i := range len(text) {
		if c := text[i]; c < '0' || c > '9' {
			run = 0
			continue
		}
		run++
		longest = max(longest, run)
	}
	return longest
}
