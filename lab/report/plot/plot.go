// Package plot draws results as SVG: text that a page embeds, or that Document makes a file of. Nothing in it runs, loads
// or carries a style of its own: elements have classes, whose colours are the variables of Style, light and dark.
//
// Every function returns one <svg>, or "" when there is nothing to draw. Names and values are hostile: each text goes
// through one function that shows control characters, cuts it short and escapes it.
package plot

import (
	_ "embed"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
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
}

// Left and Right are the margins beside the time axis, in pixels of a View.
const (
	Left  = 132
	Right = 24
)

// Lanes draws the fields of nodes over time, faults shaded: numbers as steps, other values as labelled stretches.
func Lanes(s *result.Story, v View) string { return "" }

// History draws the operations of clients as bars, those that contradict each other marked, the reason below.
func History(s *result.Story, v View) string { return "" }

// Series draws what one drive has measured: latencies with their percentiles, requests and errors, faults shaded.
func Series(s *result.Story, of *result.Series, v View) string { return "" }

// Compare draws series side by side with the same axes, the time counted from the beginning of each: the drives of one
// run, or those of the cells of a matrix.
func Compare(cells []Cell, v View) string { return "" }

// Cell is one of several series, and what a reader calls it: round_robin, nodes=5.
type Cell struct {
	Name   string
	Series *result.Series
}

// Drives are the series of a story, to be compared.
func Drives(s *result.Story) []Cell { return nil }

// Cells are the series of the cells of a matrix, to be compared.
func Cells(sweeps []result.Sweep) []Cell { return nil }

// Seeds draws the times and outcomes of the runs of a sweep: how many ended when, and which seeds failed.
func Seeds(s *result.Sweep, v View) string { return "" }

// Document makes a file of a picture, with the style in it.
func Document(svg string) string { return "" }
