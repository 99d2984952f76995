package star

import (
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/spell"
)

// maxOffered bounds the names that an error lists.
const maxOffered = 50

// NoAttr is the error of a value that is asked for a name it does not have: it offers the nearest one that it has, or
// lists them. What an Attr returns that returns no value should be this.
func NoAttr(x starlark.HasAttrs, name string) error {
	known := slices.Sorted(slices.Values(x.AttrNames()))
	known = slices.Compact(known)
	if near := spell.Nearest(name, known); near != "" {
		return Errorf("", "%s has no .%.100s field or method (did you mean .%s?)", x.Type(), name, near)
	}
	hint := "it has none at all"
	if len(known) > 0 {
		more := ""
		if len(known) > maxOffered {
			known, more = known[:maxOffered], ", ..."
		}
		hint = "it has ." + strings.Join(known, ", .") + more
	}
	return Errorf(hint, "%s has no .%.100s field or method", x.Type(), name)
}
