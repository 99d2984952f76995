// Package plot draws results as SVG: text that a page embeds, or a file. Nothing in it runs or loads anything. Elements
// have classes, whose colours are the variables of Style, light and dark.
//
// Every function returns one <svg>, or "" when there is nothing to draw. Names and values are hostile: each text goes
// through one function that shows control characters, cuts it short and escapes it.
package plot

import (
	_ "embed"
	"time"
)

// Style is the style sheet of all pictures: a page puts it into its own.
//
//go:embed style.css
var Style string

// View is how a picture of a run is laid out. Pictures of the same View share their time axis: the instant From is Left
// pixels from the left, To is Right pixels from the right.
type View struct {
	Width    int           // pixels; 0 is 960
	From, To time.Duration // of the run's time; To 0: all that the picture has
	Alone    bool          // the picture is a file: it has Style, a background and a margin
}

// Left and Right are the margins beside the time axis, in pixels of a View.
const (
	Left  = 132
	Right = 44
)
