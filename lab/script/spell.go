package script

import (
	"fmt"
	"sort"
	"strings"
)

// unknown is the message for a name that is not among those known: it offers the nearest one, or lists them.
func unknown(what, name string, known []string) (msg, hint string) {
	msg = fmt.Sprintf("no %s %q", what, name)
	known = append([]string(nil), known...)
	sort.Strings(known) // so that of two that are equally near the same one is offered each time
	if near := nearest(name, known); near != "" {
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

// nearest returns the known name that is most like name, or "" when none is like it.
func nearest(name string, known []string) string {
	best, least := "", len(name)/3+1
	if least > 3 {
		least = 3
	}
	for _, k := range known {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d <= least && (best == "" || d < least) {
			best, least = k, d
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of neighbours between two words
// (optimal string alignment).
func distance(a, b string) int {
	before, last := []int(nil), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
