// Package spell finds the name that somebody may have meant.
package spell

import "strings"

// Nearest returns the shortest of the known names that begin with name, if it has three letters; else the one that a slip of
// the keyboard turns into name, the first of several that are equally near, or "" when none is near. Nobody has typed a name
// of more than maxName bytes.
func Nearest(name string, known []string) string {
	if len(name) > maxName {
		return ""
	}
	best, least := "", min(len(name)/3+1, 3, max(len(name)-1, 0)) // a slip leaves a letter at least
	if whole := beginning(name, known); whole != "" {
		return whole
	}
	for _, k := range known {
		if len(k) > len(name)+least {
			continue
		}
		d := distance(strings.ToLower(name), strings.ToLower(k))
		if d <= least && (best == "" || d < least) && isSlip(name, k, d) {
			best, least = k, d
		}
	}
	return best
}

// isSlip tells whether name, which differs from known in d letters, may be a slip. If half of the letters differ, the first
// one must be right: name is no slip for time. Names that differ only in the number at their end differ on purpose: n4 is no
// slip for n1.
func isSlip(name, known string, d int) bool {
	return letters(name) != letters(known) && (2*d < len(name) || strings.EqualFold(name[:1], known[:1]))
}

// beginning is the shortest of the known names that begins with name.
func beginning(name string, known []string) (best string) {
	for _, k := range known {
		if len(name) >= 3 && len(k) > len(name) && strings.EqualFold(k[:len(name)], name) && letters(k) != letters(name) &&
			(best == "" || len(k) < len(best)) {
			best = k
		}
	}
	return best
}

// maxName bounds the names that are compared, which takes the product of their lengths.
const maxName = 256

// letters is the name without the number at its end.
func letters(name string) string { return strings.TrimRight(name, "0123456789") }

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
