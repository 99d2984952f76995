package load

import (
	"fmt"
	"math/big"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/spell"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Experiment is one thing to run: a test_ function with values for its parameters.
type Experiment struct {
	ID   string   // test_x[nodes=5,cut=2]: the name, and the parameters that a matrix or a flag has set
	Name string   // test_x
	Doc  string   // the function's text
	Set  []string // nodes=5: what --set must say to run just this one
	Pos  trouble.Position
	// Refused says why the settings do not fit any of its cells; then it cannot run.
	Refused error

	file     *File
	Function *starlark.Function
	Kwargs   []starlark.Tuple
}

// File returns the file that holds the experiment.
func (e *Experiment) File() *File { return e.file }

// Param is a parameter of a test.
type Param struct {
	Name    string
	Type    string // of its default
	Default string // as --set NAME=VALUE takes it, if it does
	Flag    bool   // --set takes it: an int, float, bool, string, duration, rate or draw
}

// Params lists the parameters of the experiment's function.
func (e *Experiment) Params() []Param {
	var params []Param
	for i := 1; i < e.Function.NumParams(); i++ {
		name, _ := e.Function.Param(i)
		def := e.Function.ParamDefault(i)
		params = append(params, Param{name, def.Type(), settingText(def), isFlag(def)})
	}
	return params
}

// setting is a value for one parameter.
type setting struct {
	name  string
	value starlark.Value
}

// test is a test_ function with its tables.
type test struct {
	fn    *starlark.Function
	cells [][]setting // none: one experiment with the defaults
}

// discover finds the tests of the main file, in the order of the source.
func (f *File) discover() error {
	for _, name := range f.main.globals.Keys() {
		fn, ok := f.main.globals[name].(*starlark.Function)
		if !ok || !strings.HasPrefix(name, "test_") || fn.Name() != name && f.main.globals[fn.Name()] == starlark.Value(fn) {
			continue
		}
		if err := runnable(fn, name); err != nil {
			return err
		}
		f.tests = append(f.tests, &test{fn: fn})
	}
	sort.Slice(f.tests, func(i, j int) bool { return f.tests[i].fn.Position().Line < f.tests[j].fn.Position().Line })
	for _, m := range f.main.matrices {
		t := f.testOf(m.test)
		if t == nil {
			return &trouble.Error{
				Pos:  PositionOf(m.test.Position()),
				Text: fmt.Sprintf("matrix: %s is not a test of this file", m.test.Name()),
				Hint: "a test is a function at top level whose name starts with test_",
			}
		}
		t.cells = append(t.cells, m.cells()...)
	}
	return f.discoverEngine()
}

func (f *File) testOf(fn *starlark.Function) *test {
	for _, t := range f.tests {
		if t.fn == fn {
			return t
		}
	}
	return nil
}

func (f *File) discoverEngine() error {
	value, ok := f.main.globals["engine"]
	if !ok {
		return nil
	}
	name, ok := starlark.AsString(value)
	if !ok || name != "sim" && name != "live" {
		return &trouble.Error{Pos: f.enginePos, Text: fmt.Sprintf("engine = %s: want \"sim\" or \"live\"", star.Show(value, MaxShown))}
	}
	f.Engine = name
	return nil
}

// runnable checks the form of a test: a def of that name with one parameter for the lab, and defaults for all others.
func runnable(fn *starlark.Function, name string) error {
	problem := ""
	switch {
	case fn.Name() != name:
		return &trouble.Error{Pos: PositionOf(fn.Position()), Text: fmt.Sprintf("%s is the function %s under another name, which would not run", name, fn.Name()),
			Hint: fmt.Sprintf("def %s(lab): ...", name)}
	case fn.NumParams() == 0:
		problem = "takes no parameter, want (lab)"
	case fn.HasVarargs() || fn.HasKwargs():
		problem = "has * or ** parameters, which cannot be flags"
	case fn.ParamDefault(0) != nil:
		problem = "has a default for its first parameter, which is the lab"
	}
	for i := 1; i < fn.NumParams() && problem == ""; i++ {
		if name, _ := fn.Param(i); fn.ParamDefault(i) == nil {
			problem = fmt.Sprintf("has no default for %q", name)
		}
	}
	if problem == "" {
		return nil
	}
	return &trouble.Error{Pos: PositionOf(fn.Position()), Text: fn.Name() + " " + problem,
		Hint: "an experiment is def test_x(lab, nodes = 5): every further parameter is a flag with a default"}
}

// Experiments lists what the file offers to run, with matrices multiplied out. set gives values to parameters, as flags
// do: a test that has the parameter runs with that value only. The text is read by the type of the parameter's default;
// where that has no notation (a function, a list), it chooses the matrix cells whose value reads so. A name that no
// test has, and a text that is not of the parameter's type, are errors.
func (f *File) Experiments(set map[string]string) ([]*Experiment, error) {
	if err := f.knownParams(set); err != nil {
		return nil, err
	}
	all := f.Offer(set)
	for _, e := range all {
		if e.Refused != nil {
			return nil, e.Refused
		}
	}
	return all, nil
}

// Offer is Experiments for somebody who runs only some of them: settings that no test knows are ignored, and a test that
// refuses one is there with its error.
func (f *File) Offer(set map[string]string) (all []*Experiment) {
	for _, t := range f.tests {
		cells := t.cells
		if len(cells) == 0 {
			cells = [][]setting{nil}
		}
		seen := map[string]bool{}
		var refused []*Experiment
		for _, cell := range cells {
			chosen, err := override(t.fn, cell, set)
			if err != nil {
				e := f.experiment(t.fn, cell)
				e.Refused, refused = err, append(refused, e)
				continue
			}
			e := f.experiment(t.fn, chosen)
			if !seen[e.ID] {
				seen[e.ID] = true
				all = append(all, e)
			}
		}
		if len(seen) == 0 {
			all = append(all, refused...)
		}
	}
	return all
}

func (f *File) experiment(fn *starlark.Function, cell []setting) *Experiment {
	e := &Experiment{
		ID: fn.Name(), Name: fn.Name(), Doc: strings.TrimSpace(fn.Doc()), Pos: PositionOf(fn.Position()), file: f, Function: fn,
	}
	var shown []string
	for _, s := range cell {
		text := settingText(s.value)
		e.Set, shown = append(e.Set, s.name+"="+text), append(shown, s.name+"="+shownSetting(text))
		e.Kwargs = append(e.Kwargs, starlark.Tuple{starlark.String(s.name), s.value})
	}
	if len(e.Set) > 0 {
		e.ID += "[" + strings.Join(shown, ",") + "]"
	}
	return e
}

// shownSetting is a text on one line of a report.
func shownSetting(text string) string {
	if strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return strconv.Quote(text)
	}
	return text
}

// settingText writes a value as a flag would give it.
func settingText(v starlark.Value) string {
	switch v := v.(type) {
	case starlark.String:
		return string(v)
	case star.Duration:
		return value.FormatDuration(time.Duration(v))
	case *starlark.Function:
		return v.Name()
	}
	return star.Show(v, star.MaxPiece)
}

func (f *File) knownParams(set map[string]string) error {
	var known []string
	for _, t := range f.tests {
		for i := 1; i < t.fn.NumParams(); i++ {
			name, _ := t.fn.Param(i)
			known = append(known, name)
		}
	}
	names := make([]string, 0, len(set))
	for name := range set {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if !slices.Contains(known, name) {
			msg, hint := spell.Unknown("parameter", name, known)
			return &trouble.Error{Pos: trouble.Position{File: f.main.path}, Text: msg, Hint: hint}
		}
	}
	return nil
}

// override lays the flags over a cell. Flags that the cell does not name come after, in the order of the parameters.
func override(fn *starlark.Function, cell []setting, set map[string]string) ([]setting, error) {
	cell = append([]setting(nil), cell...)
	for i := 1; i < fn.NumParams(); i++ {
		name, _ := fn.Param(i)
		text, given := set[name]
		if !given {
			continue
		}
		if chosen(cell, name, text) {
			continue
		}
		value, err := parseSetting(fn.ParamDefault(i), text)
		if err != nil {
			return nil, &trouble.Error{
				Pos:  trouble.Position{File: fn.Position().Filename()},
				Text: fmt.Sprintf("--set %s=%s: %s: %v", name, shownSetting(text), fn.Name(), err),
			}
		}
		found := false
		for j := range cell {
			if cell[j].name == name {
				cell[j].value, found = value, true
			}
		}
		if !found {
			cell = append(cell, setting{name, value})
		}
	}
	return cell, nil
}

// chosen reports whether the cell has the parameter with a value that reads so, or is what the text says: 90s is 1m30s.
func chosen(cell []setting, name, text string) bool {
	for _, s := range cell {
		if s.name != name {
			continue
		}
		if settingText(s.value) == text {
			return true
		}
		v, err := parseSetting(s.value, text)
		if err != nil {
			return false
		}
		same, err := starlark.Equal(s.value, v)
		return same && err == nil
	}
	return false
}

// isFlag tells whether the parameter with that default can be set by a flag: whether its own default can be given so. No
// argument of a command holds a zero byte.
func isFlag(def starlark.Value) bool {
	text := settingText(def)
	v, err := parseSetting(def, text)
	if err != nil || strings.ContainsRune(text, 0) {
		return false
	}
	same, err := starlark.Equal(def, v)
	return same && err == nil
}

// parseSetting reads a flag's text by the type of the parameter's default.
func parseSetting(def starlark.Value, text string) (starlark.Value, error) {
	var base value.Base
	switch def.(type) {
	case starlark.Int:
		if n, ok := new(big.Int).SetString(strings.TrimSpace(text), 0); ok {
			return starlark.MakeBigInt(n), nil
		}
		n, err := value.ParseSize(text) // as scripts write it
		if err != nil {
			return nil, fmt.Errorf("want an integer, got %q", text)
		}
		return starlark.MakeInt64(n), nil
	case starlark.String:
		base = value.String
	case starlark.Bool:
		base = value.Bool
	case starlark.Float:
		base = value.Float
	case star.Duration:
		base = value.Duration
	case star.Rate:
		base = value.Rate
	case star.Draw:
		base = value.Draw
	default:
		return nil, fmt.Errorf("a parameter whose default is a %s cannot be set by a flag", def.Type())
	}
	v, err := value.Parse(value.Type{Base: base}, text)
	if err != nil {
		return nil, err
	}
	return star.FromValue(v, nil), nil
}

// Describe is what a report says of the experiment.
func (e *Experiment) Describe(engine string) result.Experiment {
	return result.Experiment{
		File: e.file.Path, Line: e.Pos.Line, ID: e.ID, Name: e.Name, Params: e.Set, Engine: engine,
	}
}
