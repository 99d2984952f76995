package result

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// cell is one cell of a table.
type cell struct {
	text   string
	colour string // "" for none
	whole  bool   // it is short, and never cut
	most   int    // columns that it may take; 0 for the usual number
}

// How many columns a cell may take: one that is not the last of its row on a narrow screen and elsewhere, the last one.
const (
	leastCell = 8
	mostCell  = 64
	mostLast  = 2000
)

const (
	gap      = "  " // between columns
	ellipsis = "…"
)

// columns writes rows in aligned columns after the indent. The last cell of a row is broken where the screen ends, and goes
// on under itself; others are cut where they are too wide. A row of one cell is a line.
func (t Text) columns(b *strings.Builder, indent string, rows [][]cell) {
	var widths []int
	for _, row := range rows {
		for i := range row {
			row[i].text = t.fit(row[i], i == len(row)-1)
			if i == len(widths) {
				widths = append(widths, 0)
			}
			if i < len(row)-1 {
				widths[i] = max(widths[i], Columns(row[i].text))
			}
		}
	}
	for _, row := range rows {
		if len(row) == 1 {
			t.line(b, indent+row[0].text)
		} else {
			t.row(b, indent, row, widths)
		}
	}
}

// fit is what a cell shows of its text.
func (t Text) fit(c cell, last bool) string {
	most := mostCell
	switch {
	case c.whole:
		return c.text
	case c.most > 0:
		most = c.most
	case last:
		most = mostLast
	case t.Width > 0:
		most = min(mostCell, max(leastCell, t.Width/5))
	}
	return clipped(Visible(inOneLine.Replace(trouble.Shorten(c.text, trouble.MaxText))), most)
}

// row writes one row of such cells.
func (t Text) row(b *strings.Builder, indent string, row []cell, widths []int) {
	used, blanks := len(indent), indent // blanks are written before a text, not at the end of a line
	for i, c := range row[:len(row)-1] {
		if c.text != "" {
			b.WriteString(blanks + t.paint(c.colour, c.text))
			blanks = ""
		}
		blanks += strings.Repeat(" ", widths[i]-Columns(c.text)) + gap
		used += widths[i] + len(gap)
	}
	last := row[len(row)-1]
	under := "\n" + strings.Repeat(" ", used)
	if t.Width > 0 && t.Width-used < min(Columns(last.text), 2*leastCell) {
		used = 2 * len(indent)
		under = "\n" + strings.Repeat(" ", used)
		blanks = under
	}
	for _, line := range t.broken(last.text, t.Width-used) {
		if line != "" {
			b.WriteString(blanks + t.paint(last.colour, line))
		}
		blanks = under
	}
	b.WriteByte('\n')
}

// broken breaks a text into lines of at most so many columns, at blanks where there are some; not where the screen has no
// end.
func (t Text) broken(text string, columns int) (lines []string) {
	if t.Width <= 0 {
		return []string{text}
	}
	for cut := fitting(text, columns); cut < len(text); cut = fitting(text, columns) {
		if at := strings.LastIndexByte(text[:cut], ' '); at > 0 {
			cut = at
		}
		lines = append(lines, strings.TrimRight(text[:cut], " "))
		text = strings.TrimLeft(text[cut:], " ")
	}
	return append(lines, text)
}

// clipped cuts a text that takes more columns, and shows that it has.
func clipped(text string, columns int) string {
	if Columns(text) <= columns {
		return text
	}
	return text[:fitting(text, columns-1)] + ellipsis
}

// fitting is how many bytes of the text go into so many columns: at least its first letter.
func fitting(text string, columns int) int {
	for i, r := range text {
		if columns -= columnsOfRune(r); columns < 0 && i > 0 {
			return i
		}
	}
	return len(text)
}

// Columns is how many columns of a terminal a text takes.
func Columns(text string) (columns int) {
	for _, r := range text {
		columns += columnsOfRune(r)
	}
	return columns
}

// Pad adds blanks to a text until it takes so many columns.
func Pad(text string, columns int) string {
	return text + strings.Repeat(" ", max(columns-Columns(text), 0))
}

// Table aligns rows of plain cells, a line each. Nothing is cut or broken.
func Table(rows [][]string) string {
	var widths []int
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], Columns(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row[:len(row)-1] {
			b.WriteString(Pad(cell, widths[i]) + gap)
		}
		b.WriteString(row[len(row)-1] + "\n")
	}
	return b.String()
}

// columnsOfRune follows Unicode Standard Annex 11: ideographs and most emoji take two, what combines with the letter before none.
func columnsOfRune(r rune) int {
	if r < unicode.MaxLatin1 {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) {
		return 0
	}
	if kind := width.LookupRune(r).Kind(); kind == width.EastAsianWide || kind == width.EastAsianFullwidth {
		return 2
	}
	return 1
}
