package format

import (
	"bytes"
	"slices"
	"strings"

	"github.com/bazelbuild/buildtools/build"
)

// literal is a text or bytes in a script, from its prefix to its last quote. Offsets are in bytes.
type literal struct{ start, end int }

// literals finds those of a script, in order.
func literals(text []byte) []literal {
	var all []literal
	for at := 0; at < len(text); {
		switch text[at] {
		case '"', '\'':
			end := stringEnd(text, at)
			all = append(all, literal{at - prefixLen(text[:at]), end})
			at = end
		case '#':
			for at < len(text) && text[at] != '\n' {
				at++
			}
		default:
			at++
		}
	}
	return all
}

// prefixLen is how long the r, b or rb is that the code before a quote ends with.
func prefixLen(code []byte) int {
	word := len(code)
	for word > 0 && isWord(code[word-1]) {
		word--
	}
	switch prefix := string(code[word:]); prefix {
	case "r", "b", "rb":
		return len(prefix)
	}
	return 0
}

func isWord(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// hideBytes puts texts in the place of bytes, of which buildifier knows nothing, each as long as what it stands for.
func hideBytes(text []byte) []byte {
	out := slices.Clone(text)
	for _, l := range literals(text) {
		switch token := text[l.start:l.end]; {
		case bytes.HasPrefix(token, []byte("rb")):
			out[l.start], out[l.start+1] = ' ', 'r'
		case token[0] == 'b':
			out[l.start] = 'r'
		}
	}
	return out
}

// keepLiterals makes the printer write texts and bytes as they stand in the script, in double quotes where that takes no
// escape: buildifier writes some escapes anew, in ways that are no Starlark.
func keepLiterals(tree build.Expr, text []byte) {
	at := map[int]string{}
	for _, l := range literals(text) {
		token := doubleQuoted(string(text[l.start:l.end]))
		at[l.start] = token
		if strings.HasPrefix(token, "rb") {
			at[l.start+1] = token // hidden by one that begins there
		}
	}
	build.WalkPointers(tree, func(x *build.Expr, parents []build.Expr) {
		known, ok := (*x).(*build.StringExpr)
		if !ok || len(parents) > 0 && isLoad(parents[len(parents)-1]) {
			return // the path of a load has to be one
		}
		if token, ok := at[known.Start.Byte]; ok {
			kept := &build.LiteralExpr{Start: known.Start, Token: token}
			take(kept, known)
			*x = kept
		}
	})
}

func isLoad(x build.Expr) bool {
	_, ok := x.(*build.LoadStmt)
	return ok
}

// doubleQuoted is the token in double quotes, unless it has one inside.
func doubleQuoted(token string) string {
	quote := strings.IndexAny(token, `"'`)
	if token[quote] == '"' || strings.Contains(token[quote:], `"`) {
		return token
	}
	prefix, body := token[:quote], token[quote:]
	quotes := 1
	if len(body) >= 6 && strings.HasPrefix(body, "'''") {
		quotes = 3
	}
	inner := body[quotes : len(body)-quotes]
	if !strings.HasPrefix(prefix, "r") {
		inner = unescapeSingle(inner)
	}
	around := strings.Repeat(`"`, quotes)
	return prefix + around + inner + around
}

// unescapeSingle takes the backslash from single quotes, which need none between double ones.
func unescapeSingle(inner string) string {
	var b strings.Builder
	for i := 0; i < len(inner); i++ {
		if inner[i] == '\\' && i+1 < len(inner) {
			if i++; inner[i] != '\'' {
				b.WriteByte('\\')
			}
		}
		b.WriteByte(inner[i])
	}
	return b.String()
}
