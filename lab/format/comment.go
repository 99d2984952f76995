package format

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// comment is a # comment behind code.
type comment struct {
	start  int // of the #, in bytes
	column int // of the #, in characters, from 0
	gap    int // spaces before it
	text   string
}

// alignComments puts the comments behind code back into their columns: a printer knows no more than that two spaces
// are enough. A comment that had no more than those, or whose code has grown beyond it, stays where it was printed.
func alignComments(source, printed []byte) []byte {
	wanted, found := comments(source), comments(printed)
	if len(wanted) != len(found) {
		return printed
	}
	var out bytes.Buffer
	done := 0
	for i, c := range found {
		w := wanted[i]
		if w.text != c.text {
			return printed
		}
		out.Write(printed[done:c.start])
		done = c.start
		if w.gap > 2 && w.column > c.column {
			out.WriteString(strings.Repeat(" ", w.column-c.column))
		}
	}
	out.Write(printed[done:])
	return out.Bytes()
}

// comments finds the comments behind code, in order. The text is a script that parses.
func comments(text []byte) []comment {
	var found []comment
	line := 0 // where it begins
	for i := 0; i < len(text); {
		switch c := text[i]; c {
		case '\n':
			i++
			line = i
		case '"', '\'':
			end := stringEnd(text, i)
			if last := bytes.LastIndexByte(text[i:end], '\n'); last >= 0 {
				line = i + last + 1
			}
			i = end
		case '#':
			end := len(text)
			if n := bytes.IndexByte(text[i:], '\n'); n >= 0 {
				end = i + n
			}
			code := bytes.TrimRight(text[line:i], " \t")
			if len(bytes.TrimSpace(code)) > 0 {
				found = append(found, comment{
					start: i, column: utf8.RuneCount(text[line:i]), gap: i - line - len(code),
					text: string(bytes.TrimSpace(text[i:end])),
				})
			}
			i = end
		default:
			i++
		}
	}
	return found
}

// stringEnd is where the string ends that begins at a quote.
func stringEnd(text []byte, start int) int {
	quote := text[start : start+1]
	if triple := bytes.Repeat(quote, 3); bytes.HasPrefix(text[start:], triple) {
		quote = triple
	}
	for i := start + len(quote); i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case bytes.HasPrefix(text[i:], quote):
			return i + len(quote)
		}
	}
	return len(text)
}
