// Package markdown lays out Markdown for a terminal: headings, paragraphs, lists, tables, blocks of code, emphasis,
// inline code, links, and pictures by their descriptions. Anything else appears as it is written. The text may be a
// stranger's: see result.Visible.
package markdown

import (
	"regexp"
	"strings"

	"github.com/netlab-dev/netlab/lab/result"
)

// Terminal is the screen to write for.
type Terminal struct {
	Width  int  // in columns
	Styles bool // bold, italics, underlines and a colour for code; without them the marks of Markdown stay
}

// Styles are parameters of an escape sequence; several are joined.
const bold, italic, underline, cyan = ";1", ";3", ";4", ";36"

const gap = 2 // columns between those of a table

var (
	heading   = regexp.MustCompile(`^#{1,6} +(.*?)[ #]*$`)
	item      = regexp.MustCompile(`^( *)([-*+]|\d{1,9}[.)]) +(.*)$`)
	separator = regexp.MustCompile(`^ *\|( *:?-+:? *\|)+ *$`)
	// span is code, strong, emphasis, a link or picture, an escaped character, a word, or a mark that is none. What
	// begins one ends the search for the end of another: so a hostile text does not cost the square of its length.
	span = regexp.MustCompile("`([^`]+)`|\\*\\*([^*]+)\\*\\*|\\B\\*([^*\\s][^*]*)\\*\\B|\\b_([^_\\s][^_]*)_\\b" +
		"|!?\\[([^][]+)\\]\\(([^()[\\s]+)\\)|\\\\([[:punct:]])|[^\\s`*_[\\\\]+|\\S")
	word   = regexp.MustCompile(`\S+`)
	escape = regexp.MustCompile(`\x1b\[[0-9;]*m`)
)

// Render returns the text as lines for the terminal. Only code, and words that are longer than a line, exceed its width.
func (t Terminal) Render(text string) string {
	var out strings.Builder
	first, paragraph, style, fenced := "", []string(nil), "", false // the open paragraph: what precedes it, and its lines
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
			rows := []string{line}
			for i++; i+1 < len(lines) && strings.HasPrefix(lines[i+1], "|"); i++ {
				rows = append(rows, lines[i+1])
			}
			t.table(&out, rows)
		case m != nil:
			flush()
			first, paragraph = m[1]+strings.NewReplacer("-", "•", "*", "•", "+", "•").Replace(m[2])+" ", m[3:]
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
	var columns, words []int // the longest text and word of each
	style := bold
	for i, row := range rows {
		row = strings.TrimPrefix(strings.TrimSuffix(strings.TrimSpace(row), "|"), "|")
		cells = append(cells, strings.Split(strings.ReplaceAll(row, `\|`, "\x00"), "|"))
		for j, text := range cells[i] {
			text = t.inline(strings.TrimSpace(strings.ReplaceAll(text, "\x00", "|")), style)
			if cells[i][j] = text; j == len(columns) {
				columns, words = append(columns, 0), append(words, 0)
			}
			columns[j] = max(columns[j], width(text))
			for _, w := range strings.Fields(text) {
				words[j] = max(words[j], width(w))
			}
		}
		style = ""
	}
	total := t.Width + 1
	for most := t.Width; total > t.Width && most > 0; most-- {
		total = -gap
		for j := range columns {
			columns[j] = min(columns[j], max(most, words[j]))
			total += columns[j] + gap
		}
	}
	for i, row := range cells {
		var lines []string
		indent := 0
		for j, text := range row {
			for k, part := range wrap(text, columns[j]) {
				if k == len(lines) {
					lines = append(lines, "")
				}
				lines[k] += strings.Repeat(" ", indent-width(lines[k])) + part
			}
			indent += columns[j] + gap
		}
		if i == 0 {
			lines = append(lines, strings.Repeat("─", min(total, t.Width)))
		}
		out.WriteString(strings.Join(lines, "\n") + "\n")
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
		case m[5] != "" && s[0] == '!':
			return t.inline("Picture: "+m[5], style+italic)
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
	for _, next := range strings.Fields(text) {
		if last := len(lines) - 1; last >= 0 && width(lines[last])+1+width(next) <= columns {
			lines[last] += " " + next
			continue
		}
		lines = append(lines, next)
	}
	return lines
}

func width(text string) int { return result.Columns(escape.ReplaceAllString(text, "")) }
