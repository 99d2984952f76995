package result

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible shows control characters, and bytes that are no UTF-8, instead of sending them to a terminal: what plugins
// log, answer and fail with is theirs, and must neither move the cursor nor pass for what the lab says.
func Visible(text string) string {
	if !strings.ContainsFunc(text, unsafe) {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, text[0])
		case unsafe(r) && r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		case unsafe(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(text[:size])
		}
		text = text[size:]
	}
	return b.String()
}

// unsafe tells characters that have an effect from those that have a form. Those of format that change the direction of
// what follows have one, too, and so have those that end lines and paragraphs.
func unsafe(r rune) bool {
	switch r {
	case '\n', '\t':
		return false
	case utf8.RuneError:
		return true
	}
	return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp)
}

// VisibleLines is a writer of whole lines that are not the lab's own.
type VisibleLines struct{ To io.Writer }

func (w VisibleLines) Write(lines []byte) (int, error) {
	if _, err := io.WriteString(w.To, Visible(string(lines))); err != nil {
		return 0, err
	}
	return len(lines), nil
}
