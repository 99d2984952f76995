package format

import (
	"strings"

	"github.com/bazelbuild/buildtools/build"
)

// spaceIndents writes the indentation of lines in spaces, as wide as the language takes it: buildifier does not count
// tabs. Texts over several lines keep theirs.
func spaceIndents(text []byte) []byte {
	if !strings.Contains(string(text), "\t") {
		return text
	}
	out := make([]byte, 0, len(text))
	for at := 0; at < len(text); {
		begin := at
		width := 0
		for ; at < len(text) && (text[at] == ' ' || text[at] == '\t'); at++ {
			if text[at] == ' ' {
				width++
			} else {
				const tab = 8
				width += tab - (at-begin)%tab // a tab before counts as one column: so does go.starlark.net
			}
		}
		out = append(out, strings.Repeat(" ", width)...)
		begin = at
		at = lineEnd(text, at)
		out = append(out, text[begin:at]...)
	}
	return out
}

// lineEnd is where the line ends, behind its newline, in which the code at this place stands; a text that goes over
// several lines does not end it.
func lineEnd(text []byte, at int) int {
	for at < len(text) {
		switch text[at] {
		case '\n':
			return at + 1
		case '"', '\'':
			at = stringEnd(text, at)
		case '#':
			for at < len(text) && text[at] != '\n' {
				at++
			}
		default:
			at++
		}
	}
	return at
}

// joinNots makes one operator of several: not not x. buildifier binds not as tightly as a sign, which shows only where
// two stand together: it would put the second into parentheses, without what is compared behind it.
func joinNots(x build.Expr) {
	outer, ok := x.(*build.UnaryExpr)
	if !ok || outer.Op != "not" {
		return
	}
	for {
		inner, ok := outer.X.(*build.UnaryExpr)
		if !ok || inner.Op != "not" {
			return
		}
		outer.Op = "not " + strings.TrimSuffix(outer.Op, " ") + " " // the printer adds a space to "not" alone
		outer.X = inner.X
		take(outer, inner)
	}
}
