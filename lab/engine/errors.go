package engine

import (
	"fmt"
	"strings"
)

// Error is a mistake in what an engine was told: what is wrong and where, with values, and what to do about it.
type Error struct {
	Text string
	Hint string // may be empty
}

func (e *Error) Error() string { return e.Text }

// noNode says that a name is not among the nodes; what names the place, such as "link n1 -> n4".
func noNode(what, name string, nodes []string) *Error {
	err := &Error{Text: fmt.Sprintf("%s: no node %q", what, name)}
	switch near := nearest(name, nodes); {
	case near != "":
		err.Hint = fmt.Sprintf("did you mean %q?", near)
	case len(nodes) == 0:
		err.Hint = "there is no node yet"
	case len(nodes) == 1:
		err.Hint = "the only node is " + nodes[0]
	default:
		err.Hint = "nodes are " + listed(nodes)
	}
	return err
}

// listed joins names, leaving out the middle of a long list.
func listed(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s, ... %s (%d)", strings.Join(names[:most-1], ", "), names[len(names)-1], len(names))
	}
	return strings.Join(names, ", ")
}

// nearest returns the one of the names that a slip of the keyboard turns into name, or "". Names that differ in their
// digits only are told apart on purpose: n4 is no slip for n1.
func nearest(name string, names []string) string {
	best, least := "", 3
	for _, candidate := range names {
		d := distance(name, candidate)
		if d < least && d < len(name) && strings.Trim(name, "0123456789") != strings.Trim(candidate, "0123456789") {
			best, least = candidate, d
		}
	}
	return best
}

// distance is the number of letters to insert, remove or replace between a and b (Levenshtein).
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := diagonal
			if a[i] != b[j] {
				replaced++
			}
			diagonal = row[j+1]
			row[j+1] = min(row[j+1]+1, row[j]+1, replaced)
		}
	}
	return row[len(b)]
}
