package result

import "strings"

// prints shows what a script has printed.
func (t Text) prints(b *strings.Builder, lines []string) {
	for _, line := range lines {
		t.block(b, "    | ", line)
	}
}

// block writes lines, each after the indent.
func (t Text) block(b *strings.Builder, indent, text string) {
	for line := range strings.SplitSeq(text, "\n") {
		t.line(b, indent+line)
	}
}

// line writes one line, broken where the screen ends. What goes on is indented under it.
func (t Text) line(b *strings.Builder, text string) {
	text = strings.TrimRight(Visible(text), " ")
	if t.Width <= 0 {
		b.WriteString(text + "\n")
		return
	}
	indent := min(len(text)-len(strings.TrimLeft(text, " "))+2, t.Width/2)
	for cut := fitting(text, t.Width); cut < len(text); cut = fitting(text, t.Width-indent) {
		if at := strings.LastIndexByte(text[:cut], ' '); at > indent {
			cut = at
		}
		b.WriteString(text[:cut] + "\n" + strings.Repeat(" ", indent))
		text = strings.TrimLeft(text[cut:], " ")
	}
	b.WriteString(text + "\n")
}

// marked is line with its first such word in a colour.
func (t Text) marked(b *strings.Builder, colour, word, text string) {
	var plain strings.Builder
	t.line(&plain, text)
	b.WriteString(strings.Replace(plain.String(), word, t.paint(colour, word), 1))
}
