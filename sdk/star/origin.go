package star

import (
	"errors"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/value"
)

// OriginName is the name under which a host predeclares to a module its Origin; no script can write it. A function is
// found to be of that module by it, so that ToValue needs nothing but the function.
const OriginName = "$origin"

// Origin is what a module must know of itself so that its functions can travel: its source as it was written and the
// modules that it loads. The host makes one before it executes the module, and does not change it once it has.
type Origin struct {
	path, source string
	known        []string
	loaded       map[place]bool // where load statements bind names
	loads        []originLoad
}

type place struct{ line, col int32 }

type originLoad struct {
	name   string
	origin *Origin
}

var _ starlark.Value = (*Origin)(nil)

// NewOrigin makes the origin of a module from its syntax tree and its source; known are the names predeclared to it.
func NewOrigin(tree *syntax.File, source string, known []string) *Origin {
	o := &Origin{path: tree.Path, source: source, known: known, loaded: map[place]bool{}}
	for _, stmt := range tree.Stmts {
		if load, ok := stmt.(*syntax.LoadStmt); ok {
			for _, id := range load.To {
				o.loaded[place{id.NamePos.Line, id.NamePos.Col}] = true
			}
		}
	}
	return o
}

// Load records what a load statement of the module means: the module with that origin.
func (o *Origin) Load(name string, target *Origin) {
	for _, load := range o.loads {
		if load.name == name {
			return
		}
	}
	o.loads = append(o.loads, originLoad{name, target})
}

// modules appends the module, after those that it loads and that are not there yet.
func (o *Origin) modules(list []value.Module) []value.Module {
	m := value.Module{Path: o.path, Source: o.source}
	for _, load := range o.loads {
		m.Loads = append(m.Loads, value.Load{Name: load.name, Path: load.origin.path})
		if !contains(list, load.origin.path) {
			list = load.origin.modules(list)
		}
	}
	return append(list, m)
}

func contains(list []value.Module, path string) bool {
	for i := range list {
		if list[i].Path == path {
			return true
		}
	}
	return false
}

func (o *Origin) String() string        { return "<origin of " + o.path + ">" }
func (o *Origin) Type() string          { return "origin" }
func (o *Origin) Freeze()               {}
func (o *Origin) Truth() starlark.Bool  { return true }
func (o *Origin) Hash() (uint32, error) { return 0, errors.New("unhashable type: origin") }

// Sent is a function that has travelled, as a script sees it that gets one back: it can travel on, but not be called.
type Sent struct{ fn value.Function }

var _ starlark.Value = (*Sent)(nil)

func (s *Sent) String() string        { return "<function " + s.fn.Name + " sent to a plugin>" }
func (s *Sent) Type() string          { return "sent_function" }
func (s *Sent) Freeze()               {}
func (s *Sent) Truth() starlark.Bool  { return true }
func (s *Sent) Hash() (uint32, error) { return uint32(s.fn.Line)<<8 ^ uint32(s.fn.Col), nil }
