package format

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
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

// hideLiterals writes texts and bytes so that buildifier reads them, each as long as it is: it knows nothing of bytes,
// and of characters beyond ASCII only how to spoil them.
func hideLiterals(text []byte) []byte {
	out := slices.Clone(text)
	for _, l := range literals(text) {
		token := out[l.start:l.end]
		switch {
		case bytes.HasPrefix(token, []byte("rb")):
			token[0], token[1] = ' ', 'r'
		case token[0] == 'b':
			token[0] = 'r'
		}
		for i, c := range token {
			if c >= 0x80 {
				token[i] = 'z'
			}
		}
	}
	return out
}

// restoreLiterals puts those of the source back into what was printed, in double quotes where that takes no escape. They
// are printed in their order, and none is lost.
func restoreLiterals(source, printed []byte) ([]byte, error) {
	were, are := literals(source), literals(printed)
	if len(were) != len(are) {
		return nil, fmt.Errorf("%d of %d texts are printed", len(are), len(were))
	}
	var out bytes.Buffer
	done := 0
	for i, l := range are {
		out.Write(printed[done:l.start])
		out.WriteString(doubleQuoted(string(source[were[i].start:were[i].end])))
		done = l.end
	}
	out.Write(printed[done:])
	return out.Bytes(), nil
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
