package report

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/story"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/value"
)

// piece is a part of a sentence; code is set as such.
type piece struct {
	Text string
	Code bool
}

// sentence says what did not hold, with values, when, and under which faults.
func sentence(r *result.Run, f *story.Focus) []piece {
	var s sentenceOf
	switch {
	case len(r.Checks) > 0:
		s.check(&r.Checks[len(r.Checks)-1])
	case r.Parting != nil:
		s.say("One seed gave two runs: " + r.Parting.Text + ".")
		return s
	case r.Error != nil:
		s.say(capital(r.Error.Class.String()) + " error: ")
		s.code(r.Error.Error())
	case r.Outcome == result.Skipped:
		s.say("Skipped: " + r.Reason)
		return s
	default:
		s.say(fmt.Sprintf("Everything held. The run ended at t=%s", value.Short(r.At)))
		s.say(".")
		return s
	}
	s.say(" at t=" + value.Short(f.At))
	if f.Until != f.At || f.What == story.Error {
		s.say(". " + told[f.What] + " t=" + value.Short(f.Until))
	}
	s.faults(r, f)
	s.say(".")
	return s
}

// told says what was at story.Focus.Until.
var told = map[story.What]string{
	story.Event: "The last event that it names was at", story.Error: "The last network error that its nodes met came at",
	story.Call: "The last call whose answer it judges ended at", story.Load: "The last request that it judges was due at",
	story.Unanswered: "A request that it judges got no answer; it began at",
	story.Slowest:    "The slowest request that it judges got its answer at",
}

// sentenceOf is a sentence in the making.
type sentenceOf []piece

func (s *sentenceOf) say(text string)  { *s = append(*s, piece{Text: clip(text, mostSaid)}) }
func (s *sentenceOf) code(text string) { *s = append(*s, piece{clip(text, mostSaid), true}) }

// Bounds of what a sentence says.
const (
	mostSaid   = 900
	mostParts  = 4
	mostValue  = 600 // letters
	mostFaults = 3
)

func (s *sentenceOf) check(c *result.Check) {
	s.code(oneLine(c.Source))
	s.say(" did not hold")
	if c.Message != "" && !strings.Contains(c.Source, c.Message) {
		s.say(" (" + oneLine(c.Message) + ")")
	}
	said := 0
	for i, p := range c.Parts {
		if said == mostParts || p.Beside || within(c.Parts[:i], p) {
			continue // the table has it
		}
		s.say([]string{": ", ", "}[min(said, 1)])
		s.code(p.Text)
		s.say(" was ")
		first, _, more := strings.Cut(p.Value, "\n") // the table has the others
		if s.code(clip(first, mostValue)); more {
			s.say(" ...")
		}
		said++
	}
	if said > 0 {
		s.say(",")
	}
}

// within tells whether a part belongs to another one whose value says more than a truth value.
func within(parts []result.Part, p result.Part) bool {
	return slices.ContainsFunc(parts, func(whole result.Part) bool {
		return strings.Contains(whole.Text, p.Text) && whole.Value != "True" && whole.Value != "False"
	})
}

// faults are those of the story, or of the run where it has none.
func (s *sentenceOf) faults(r *result.Run, f *story.Focus) {
	if r.Story == nil || len(r.Story.Spans) == 0 {
		for i, of := range r.Faults[:min(len(r.Faults), mostFaults)] {
			s.fault([]string{" under ", " and "}[min(i, 1)], of.Text, since(of.Since))
		}
		s.more(len(r.Faults))
		return
	}
	spans, past := f.Faults(r.Story)
	for i, of := range spans[max(0, len(spans)-mostFaults):] {
		s.fault([]string{" under ", " and "}[min(i, 1)], of.Text, since(of.From))
	}
	s.more(len(spans))
	s.earlier(past)
}

// earlier are faults that were over, each once: those that have ended last.
func (s *sentenceOf) earlier(past []result.Span) {
	times, last := map[string]int{}, []result.Span{}
	for _, of := range past {
		times[of.Text]++
		last = append(slices.DeleteFunc(last, func(before result.Span) bool { return before.Text == of.Text }), of)
	}
	for i, of := range last[max(0, len(last)-mostFaults):] {
		when := " from " + value.Short(of.From) + " to " + value.Short(of.To)
		if n := times[of.Text]; n > 1 {
			when = fmt.Sprintf(" %d times, the last%s", n, when)
		}
		s.fault([]string{". Earlier: ", "; "}[min(i, 1)], of.Text, when)
	}
	s.more(len(last))
}

func since(t time.Duration) string {
	if t == 0 {
		return " throughout"
	}
	return ", in force since " + value.Short(t)
}

func (s *sentenceOf) fault(link, text, when string) {
	s.say(link)
	s.code(text)
	s.say(when)
}

func (s *sentenceOf) more(faults int) {
	if faults > mostFaults {
		s.say(" and " + result.Count(faults-mostFaults, "more fault"))
	}
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func capital(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// sourceLine is a line of a script.
type sourceLine struct {
	Number int
	Text   string
	Here   bool
}

// Of a long experiment, around lines before and after a check are shown, of one with at most wholeTest lines all.
const (
	around    = 4
	wholeTest = 25
)

// source shows the lines around the check that ended the run, if the script still has it there; else the check alone.
func (v *runView) source(r *result.Run, o Options) {
	pos, code := trouble.Position{}, ""
	switch {
	case len(r.Checks) > 0:
		c := &r.Checks[len(r.Checks)-1]
		pos, code, v.Parts = c.Pos, c.Source, clipped(c.Parts)
	case r.Error != nil && r.Error.Pos.Line > 0:
		pos = r.Error.Pos
	default:
		return
	}
	v.Place = clip(fmt.Sprintf("%s:%d", filepath.ToSlash(pos.File), pos.Line), maxText)
	v.Source = excerpt(pos, code, o)
	if n := len(r.Checks); n > 0 && pos.File != r.File {
		v.caller(r.Checks[n-1].Stack, r.File, o)
	}
	if len(v.Source) == 0 && code != "" {
		v.Source = []sourceLine{{pos.Line, clip(oneLine(code), maxValue), true}}
	}
}

// caller shows the lines of the script that called the module where the check stands, if they still do.
func (v *runView) caller(stack []trouble.Frame, script string, o Options) {
	for i := len(stack) - 2; i >= 0; i-- {
		if pos := stack[i].Pos; pos.File == script {
			v.Caller = excerpt(pos, stack[i+1].Name, o)
			v.CallerPlace = clip(fmt.Sprintf("called from %s:%d", filepath.ToSlash(pos.File), pos.Line), maxText)
			return
		}
	}
}

func excerpt(pos trouble.Position, code string, o Options) (shown []sourceLine) {
	if o.Read == nil || pos.Line == 0 {
		return nil
	}
	text, err := o.Read(pos.File)
	if err != nil {
		return nil
	}
	lines := strings.Split(string(text), "\n")
	if pos.Line > len(lines) {
		return nil
	}
	here, begins := squeezed(lines[pos.Line-1]), squeezed(strings.Join(lines[pos.Line-1:], "\n"))
	if at := strings.Index(begins, squeezed(code)); at < 0 || at > 0 && at >= len(here) {
		return nil // of a call with a dot before its name, the position is behind the name
	}
	first, last := stretch(lines, pos.Line)
	for n := first; n <= last; n++ {
		shown = append(shown, sourceLine{n, clip(strings.TrimRight(strings.ReplaceAll(lines[n-1], "\t", "    "), " \r"), maxValue), n == pos.Line})
	}
	return shown
}

// stretch are the first and last of the lines to show: those of the function at the margin that has the line.
func stretch(lines []string, at int) (first, last int) {
	inside := func(n int) bool { return lines[n-1] == "" || strings.ContainsAny(lines[n-1][:1], " \t#)\r") }
	for first = at; first > 1 && inside(first); first-- {
	}
	for last = at; last < len(lines) && inside(last+1); last++ {
	}
	for last > at && strings.TrimSpace(lines[last-1]) == "" {
		last--
	}
	if strings.HasPrefix(lines[first-1], "def ") && last-first < wholeTest {
		return first, last
	}
	return max(1, at-around), min(len(lines), at+around)
}

// squeezed is the text without its spaces, which differ where a call takes several lines.
func squeezed(text string) string { return strings.Join(strings.Fields(text), "") }

func clipped(parts []result.Part) (all []result.Part) {
	for _, p := range parts[:min(len(parts), maxFields)] {
		all = append(all, result.Part{Text: clip(p.Text, maxText), Value: clipLines(p.Value, maxValue), Beside: p.Beside})
	}
	return all
}

// clipLines is clip for a value that may have several lines.
func clipLines(text string, most int) string {
	lines := strings.Split(trouble.Clip(text, 4*most), "\n")
	for i, line := range lines {
		lines[i] = clip(line, most)
		if most -= len([]rune(lines[i])); most <= 0 {
			lines = lines[:i+1]
			break
		}
	}
	return strings.Join(lines, "\n")
}
