// Package markdown lays out Markdown for a terminal: headings, paragraphs, lists, tables, blocks of code, emphasis,
// inline code and links. Anything else appears as it is written. The text may be a stranger's: see result.Visible.
package markdown

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/netlab-dev/netlab/lab/result"
)

// Terminal is the screen to write for.
type Terminal struct {
	Width  int  // in columns; 0 for 80
	Styles bool // bold, italics, underlines and a colour for code; without them the marks of Markdown stay
}

// Styles are parameters of an escape sequence; several are joined.
const bold, italic, underline, cyan = ";1", ";3", ";4", ";36"

const gap = 2 // columns between those of a table

var (
	heading   = regexp.MustCompile(`^#{1,6} +(.*?)[ #]*$`)
	item      = regexp.MustCompile(`^( *)([-*+]|\d{1,9}[.)]) +(.*)$`)
	separator = regexp.MustCompile(`^ *\|( *:?-+:? *\|)+ *$`)
	// span is code, strong, emphasis, a link, an escaped character, a word, or a mark that is none. What begins one ends
	// the search for the end of another: so a hostile text does not cost the square of its length.
	span = regexp.MustCompile("`([^`]+)`|\\*\\*([^*]+)\\*\\*|\\B\\*([^*\\s][^*]*)\\*\\B|\\b_([^_\\s][^_]*)_\\b" +
		"|\\[([^][]+)\\]\\(([^()[\\s]+)\\)|\\\\([[:punct:]])|[^\\s`*_[\\\\]+|\\S")
	word   = regexp.MustCompile(`\S+`)
	escape = regexp.MustCompile(`\x1b\[[0-9;]*m`)
)

// Render returns the text as lines for the terminal. Only code, and words that are longer than a line, exceed its width.
func (t Terminal) Render(text string) string {
	if t.Width <= 0 {
		t.Width = 80
	}
	var out strings.Builder
	first, paragraph, style := "", []string(nil), "" // the open paragraph: what precedes it, and its lines
	flush := func() {
		for i, line := range wrap(t.inline(strings.Join(paragraph, " "), style), t.Width-width(first)) {
			if i == 1 {
				first = strings.Repeat(" ", width(first))
			}
			out.WriteString(first + line + "\n")
		}
		first, paragraph, style = "", nil, ""
	}
	lines := strings.Split(strings.TrimSpace(result.Visible(text)), "\n")
	fenced := false
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		bare := strings.TrimSpace(line)
		switch m := item.FindStringSubmatch(line); {
		case strings.HasPrefix(bare, "```"):
			flush()
			fenced = !fenced
		case fenced:
			out.WriteString("    " + t.paint(line, cyan) + "\n")
		case bare == "":
			flush()
			out.WriteString("\n")
		case heading.MatchString(line):
			flush()
			paragraph, style = []string{line}, bold
			if t.Styles {
				paragraph[0] = heading.ReplaceAllString(line, "$1")
			}
			flush()
		case i+1 < len(lines) && bare[0] == '|' && separator.MatchString(lines[i+1]):
			flush()
			end := i + 2
			for end < len(lines) && strings.HasPrefix(lines[end], "|") {
				end++
			}
			t.table(&out, append([]string{line}, lines[i+2:end]...))
			i = end - 1
		case m != nil:
			flush()
			first, paragraph = m[1]+m[2]+" ", m[3:]
			if len(m[2]) == 1 {
				first = m[1] + "• "
			}
		default:
			if paragraph == nil {
				first, _, _ = strings.Cut(line, bare)
			}
			paragraph = append(paragraph, bare)
		}
	}
	flush()
	return out.String()
}

// table writes columns as wide as their texts, the widest ones as narrow as the screen demands.
func (t Terminal) table(out *strings.Builder, rows []string) {
	var cells [][]string
	var texts, words []int // the longest of each column
	style := bold
	for _, row := range rows {
		row = strings.TrimPrefix(strings.TrimSuffix(strings.TrimSpace(row), "|"), "|")
		var line []string
		for j, text := range strings.Split(strings.ReplaceAll(row, `\|`, "\x00"), "|") {
			text = t.inline(strings.TrimSpace(strings.ReplaceAll(text, "\x00", "|")), style)
			line = append(line, text)
			if j == len(texts) {
				texts, words = append(texts, 0), append(words, 0)
			}
			texts[j] = max(texts[j], width(text))
			for _, w := range strings.Fields(text) {
				words[j] = max(words[j], width(w))
			}
		}
		cells, style = append(cells, line), ""
	}
	columns, total := make([]int, len(texts)), t.Width+1
	for most := t.Width; total > t.Width && most > 0; most-- {
		total = -gap
		for j := range columns {
			columns[j] = min(texts[j], max(most, words[j]))
			total += columns[j] + gap
		}
	}
	for i, row := range cells {
		if i == 1 {
			out.WriteString(strings.Repeat("─", min(total, t.Width)) + "\n")
		}
		side, height := make([][]string, len(row)), 0
		for j, text := range row {
			side[j] = wrap(text, columns[j])
			height = max(height, len(side[j]))
		}
		for k := range height {
			blank := 0
			for j, lines := range side {
				if k < len(lines) {
					out.WriteString(strings.Repeat(" ", blank) + lines[k])
					blank = -width(lines[k])
				}
				blank += columns[j] + gap
			}
			out.WriteString("\n")
		}
	}
}

// inline writes what is inside of a line in its styles.
func (t Terminal) inline(text, style string) string {
	if !t.Styles {
		return text
	}
	return span.ReplaceAllStringFunc(text, func(s string) string {
		m := span.FindStringSubmatch(s)
		switch {
		case m[1] != "":
			return t.paint(m[1], style+cyan)
		case m[2] != "":
			return t.inline(m[2], style+bold)
		case m[3]+m[4] != "":
			return t.inline(m[3]+m[4], style+italic)
		case m[5] != "":
			return t.inline(m[5], style+underline) + t.paint(" ("+m[6]+")", style)
		case m[7] != "":
			return t.paint(m[7], style)
		}
		return t.paint(s, style)
	})
}

// paint gives each word the style, so that lines can end, begin and be padded between any two.
func (t Terminal) paint(text, style string) string {
	if !t.Styles || style == "" {
		return text
	}
	return word.ReplaceAllString(text, "\x1b[0"+style+"m${0}\x1b[0m")
}

func wrap(text string, columns int) []string {
	var lines []string
	used := 0
	for _, next := range strings.Fields(text) {
		if n := width(next); len(lines) > 0 && used+1+n <= columns {
			lines[len(lines)-1] += " " + next
			used += 1 + n
		} else {
			lines, used = append(lines, next), n
		}
	}
	return lines
}

func width(text string) int { return utf8.RuneCountInString(escape.ReplaceAllString(text, "")) }
