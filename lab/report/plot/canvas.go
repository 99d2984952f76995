package plot

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/netlab-dev/netlab/lab/result"
)

// canvas collects the elements of one picture.
type canvas struct {
	strings.Builder
	title, desc   string
	width, height float64
	alone         bool
}

func newCanvas(v View, title, desc string) *canvas {
	c := &canvas{title: title, desc: desc, width: v.width(), alone: v.Alone}
	c.text("title", 0, 16, title, c.width)
	c.height = 28
	return c
}

// String is the whole picture. Its title and description are what a screen reader reads.
func (c *canvas) String() string {
	edge, around := 0.0, ""
	if c.alone {
		edge = margin
		around = fmt.Sprintf(`<style>%s</style><rect class="paper" x="-%d" y="-%[2]d" width="100%%" height="100%%"/>`, Style, margin)
	}
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" class="plot" role="img" viewBox="%s %[1]s %s %s" width="%[2]s" height="%[3]s">`+
		"<title>%s</title><desc>%s</desc>%s\n%s</svg>\n",
		px(0-edge), px(c.width+2*edge), px(c.height+2*edge), escape(c.title), escape(c.desc), around, c.Builder.String())
}

// margin is around a picture that stands alone, in pixels.
const margin = 12

// longest bounds a text in a picture, in characters: what is longer ends in three dots.
const longest = 2000

// escape makes a text safe wherever it stands. It is the one way by which texts enter a picture.
func escape(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(result.Visible(clip(text, longest)))); err != nil {
		return "" // a strings.Builder takes everything
	}
	return b.String()
}

// clip cuts a text to so many characters. It looks at no more of a long one than it keeps.
func clip(text string, most int) string {
	text = text[:min(len(text), utf8.UTFMax*(most+1))]
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:max(most-3, 0)]) + "..."
}

// letter is about how wide a character is at the size of labels, in pixels.
const letter = 6.4

// wide is about how wide a text is.
func wide(text string) float64 { return letter * float64(utf8.RuneCountInString(clip(text, longest))) }

// fit cuts a text to a width.
func fit(text string, width float64) string {
	most := int(width / letter)
	if most < 4 && utf8.RuneCountInString(text) > most {
		return ""
	}
	return clip(text, most)
}

// px writes a coordinate. What is no number is 0, and nothing is farther away than a million pixels.
func px(v float64) string {
	if math.IsNaN(v) {
		v = 0
	}
	return strconv.FormatFloat(math.Round(min(max(v, -1e6), 1e6)*10)/10, 'f', -1, 64)
}

// text writes a text that begins at x, in at most so many pixels.
func (c *canvas) text(class string, x, y float64, text string, width float64) {
	if text = fit(text, width); text != "" {
		fmt.Fprintf(c, `<text class="%s" x="%s" y="%s">%s</text>`+"\n", class, px(x), px(y), escape(text))
	}
}

// label writes a text that ends at x, or whose middle is there.
func (c *canvas) label(anchor string, x, y float64, text string) {
	fmt.Fprintf(c, `<text class="dim %s" x="%s" y="%s">%s</text>`+"\n", anchor, px(x), px(y), escape(text))
}

// rect draws a rectangle. The tip is what a pointer over it shows.
func (c *canvas) rect(class string, x, y, width, height float64, tip string) {
	fmt.Fprintf(c, `<rect class="%s" x="%s" y="%s" width="%s" height="%s"`, class, px(x), px(y), px(max(width, 0)), px(max(height, 0)))
	if tip == "" {
		c.WriteString("/>\n")
		return
	}
	fmt.Fprintf(c, "><title>%s</title></rect>\n", escape(tip))
}

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	fmt.Fprintf(c, `<line class="%s" x1="%s" y1="%s" x2="%s" y2="%s"/>`+"\n", class, px(x1), px(y1), px(x2), px(y2))
}

// spot is a place in a picture.
type spot struct{ x, y float64 }

// path joins spots by a line.
func (c *canvas) path(class string, spots []spot) {
	if len(spots) == 0 {
		return
	}
	fmt.Fprintf(c, `<path class="%s" d="M%s %s`, class, px(spots[0].x), px(spots[0].y))
	for _, s := range spots[1:] {
		fmt.Fprintf(c, "L%s %s", px(s.x), px(s.y))
	}
	c.WriteString("\"/>\n")
}

// band fills what is between two lines that have the same places from left to right.
func (c *canvas) band(class string, low, high []spot) {
	around := append([]spot{}, high...)
	for i := range low {
		around = append(around, low[len(low)-1-i])
	}
	c.path(class, around)
}

// below writes a line at the foot.
func (c *canvas) below(class, text string) {
	c.height += 17
	c.text(class, 0, c.height-5, text, c.width)
}
