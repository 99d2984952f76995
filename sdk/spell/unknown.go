package spell

import (
	"fmt"
	"sort"
	"strings"
)

// Unknown is the message for a name that is not among those known: it offers the nearest one, or lists them.
func Unknown(what, name string, known []string) (msg, hint string) {
	msg = fmt.Sprintf("no %s %.100q", what, name)
	known = append([]string(nil), known...)
	sort.Strings(known) // so that of two that are equally near the same one is offered each time
	if near := Nearest(name, known); near != "" {
		return fmt.Sprintf("%s (did you mean %q?)", msg, near), ""
	}
	switch {
	case len(known) == 0:
		return msg, fmt.Sprintf("there is no %s at all", what)
	case len(known) > 20:
		known = append(known[:20], "...")
	}
	return msg, fmt.Sprintf("known: %s", strings.Join(known, ", "))
}
