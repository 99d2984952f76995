package format

import (
	"bytes"
	"slices"
	"strings"

	"github.com/bazelbuild/buildtools/build"
)

// plain writes what the language takes and buildifier does not in another way that means the same: tabs at the beginning
// of a line, a line that is broken before it begins, 1.e5, and 1if.
func plain(text []byte) []byte {
	var out []byte
	for at := 0; at < len(text); {
		at, out = indent(text, at, out)
		at, out = line(text, at, out)
	}
	return out
}

// indent copies the white space at the beginning of a line in spaces, as wide as the language takes it.
func indent(text []byte, at int, out []byte) (int, []byte) {
	const tab = 8
	width, begin := 0, at
	for ; at < len(text) && (text[at] == ' ' || text[at] == '\t'); at++ {
		width++
		if text[at] == '\t' {
			width += tab - 1 - (at-begin)%tab // a tab before counts as one column: so does go.starlark.net
		}
	}
	for bytes.HasPrefix(text[at:], []byte("\\\n")) {
		at += 2
		for at < len(text) && (text[at] == ' ' || text[at] == '\t') {
			at++
		}
	}
	return at, append(out, strings.Repeat(" ", width)...)
}

// line copies the rest of a line, with all lines over which its last text goes.
func line(text []byte, at int, out []byte) (int, []byte) {
	for at < len(text) {
		end := at + 1
		switch c := text[at]; {
		case c == '\n':
			return end, append(out, c)
		case c == '"' || c == '\'':
			end = stringEnd(text, at)
		case c == '#':
			for end < len(text) && text[end] != '\n' {
				end++
			}
		case isDigit(c):
			end = numberEnd(text, at)
			out = append(out, number(text[at:end], text[end:])...)
			at = end
			continue
		case c == '\\' && end < len(text) && text[end] == '\n':
			end++
			if next := bytes.TrimLeft(text[end:], " \t"); len(next) == 0 || next[0] == '#' || next[0] == '\n' {
				out = append(out, ' ') // only a comment, or nothing, is on the line to which this one goes on
				at = len(text) - len(next)
				continue
			}
		case isWord(c):
			for end < len(text) && isWord(text[end]) {
				end++
			}
		}
		out = append(out, text[at:end]...)
		at = end
	}
	return at, out
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// numberEnd is where the number ends that begins at a digit.
func numberEnd(text []byte, at int) int {
	prefixed := text[at] == '0' && at+1 < len(text) && bytes.IndexByte([]byte("xXoObB"), text[at+1]) >= 0
	hex := prefixed && (text[at+1] == 'x' || text[at+1] == 'X')
	if prefixed {
		at += 2
	}
	for ; at < len(text); at++ {
		switch c := text[at]; {
		case isDigit(c), hex && ('a' <= c && c <= 'f' || 'A' <= c && c <= 'F'):
		case !prefixed && c == '.':
		case !prefixed && (c == 'e' || c == 'E'):
			if at+1 < len(text) && (text[at+1] == '+' || text[at+1] == '-') {
				at++
			}
		default:
			return at
		}
	}
	return at
}

// number writes a number so that it is told from what follows: 1.0e5 for 1.e5, a space before a word, and parentheses
// where a point follows that is none of the number.
func number(token, after []byte) []byte {
	token = slices.Clone(token)
	if i := bytes.IndexAny(token, "eE"); i > 0 && token[i-1] == '.' {
		token = slices.Insert(token, i, '0')
	}
	switch next := bytes.TrimLeft(after, " \t"); {
	case len(next) > 0 && next[0] == '.':
		return slices.Concat([]byte("("), token, []byte(")"))
	case len(after) > 0 && isWord(after[0]):
		return append(token, ' ')
	}
	return token
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
