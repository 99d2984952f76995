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
	p := &page{Terminal: t}
	lines := strings.Split(strings.TrimSpace(result.Visible(text)), "\n")
	for i := 0; i < len(lines); i++ {
		if p.fenced || i+1 == len(lines) || !separator.MatchString(lines[i+1]) || !strings.HasPrefix(strings.TrimSpace(lines[i]), "|") {
			p.line(lines[i])
			continue
		}
		rows := lines[i : i+1 : i+1] // without the separator
		for i++; i+1 < len(lines) && strings.HasPrefix(lines[i+1], "|"); i++ {
			rows = append(rows, lines[i+1])
		}
		p.flush()
		p.table(rows)
	}
	p.flush()
	return p.out.String()
}

// page is a text that is being laid out.
type page struct {
	Terminal
	out       strings.Builder
	fenced    bool     // in a block of code
	first     string   // what precedes the open paragraph
	paragraph []string // its lines
}

// line adds a line that belongs to no table.
func (p *page) line(line string) {
	bare := strings.TrimSpace(line)
	switch m := item.FindStringSubmatch(line); {
	case strings.HasPrefix(bare, "```"):
		p.flush()
		p.fenced = !p.fenced
	case p.fenced:
		p.out.WriteString("    " + p.paint(line, cyan) + "\n")
	case bare == "":
		p.flush()
		p.out.WriteString("\n")
	case heading.MatchString(line):
		p.flush()
		if p.Styles {
			line = heading.ReplaceAllString(line, "$1")
		}
		p.write(line, bold)
	case m != nil:
		p.flush()
		p.first, p.paragraph = m[1]+strings.NewReplacer("-", "•", "*", "•", "+", "•").Replace(m[2])+" ", m[3:]
	default:
		if p.paragraph == nil {
			p.first, _, _ = strings.Cut(line, bare)
		}
		p.paragraph = append(p.paragraph, bare)
	}
}

// flush ends the open paragraph.
func (p *page) flush() {
	p.write(strings.Join(p.paragraph, " "), "")
	p.first, p.paragraph = "", nil
}

// write wraps a text behind what precedes it.
func (p *page) write(text, style string) {
	first := p.first
	for _, line := range wrap(p.inline(text, style), p.Width-width(first)) {
		p.out.WriteString(first + line + "\n")
		first = strings.Repeat(" ", width(first))
	}
}

// table writes columns as wide as their texts, the widest ones as narrow as the screen demands.
func (p *page) table(rows []string) {
	cells := make([][]string, len(rows))
	var columns, words []int // the longest text and word of each
	style := bold
	for i, row := range rows {
		cells[i] = p.cells(row, style)
		for j, text := range cells[i] {
			if j == len(columns) {
				columns, words = append(columns, 0), append(words, 0)
			}
			columns[j] = max(columns[j], width(text))
			for _, w := range strings.Fields(text) {
				words[j] = max(words[j], width(w))
			}
		}
		style = ""
	}
	total := p.Width + 1
	for most := p.Width; total > p.Width && most > 0; most-- {
		total = -gap
		for j := range columns {
			columns[j] = min(columns[j], max(most, words[j]))
			total += columns[j] + gap
		}
	}
	for i, row := range cells {
		lines := rowLines(row, columns)
		if i == 0 {
			lines = append(lines, strings.Repeat("─", min(total, p.Width)))
		}
		p.out.WriteString(strings.Join(lines, "\n") + "\n")
	}
}

// cells are the texts of a row.
func (p *page) cells(row, style string) []string {
	row = strings.TrimPrefix(strings.TrimSuffix(strings.TrimSpace(row), "|"), "|")
	cells := strings.Split(strings.ReplaceAll(row, `\|`, "\x00"), "|")
	for i, text := range cells {
		cells[i] = p.inline(strings.TrimSpace(strings.ReplaceAll(text, "\x00", "|")), style)
	}
	return cells
}

// rowLines wraps each text in its column.
func rowLines(row []string, columns []int) (lines []string) {
	indent := 0
	for i, text := range row {
		for k, part := range wrap(text, columns[i]) {
			if k == len(lines) {
				lines = append(lines, "")
			}
			lines[k] += strings.Repeat(" ", indent-width(lines[k])) + part
		}
		indent += columns[i] + gap
	}
	return lines
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
