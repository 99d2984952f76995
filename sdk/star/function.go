package star

import (
	"fmt"
	"maps"
	"unicode/utf8"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/value"
)

// Bounds on a function that travels.
const (
	maxModules   = 64
	maxSources   = 1 << 20 // bytes of all modules of a function together
	maxLoads     = 256     // load statements of a module
	maxNames     = 1024    // captured variables, and names that were predeclared
	maxName      = 1 << 10 // bytes of a name or path
	maxFunctions = 64      // a function with those that it has captured
)

// defaultSuffix marks, among the captured variables, the default of a parameter by a name that no variable can have.
// The default's value travels, not its expression: that may use variables which the function itself has not captured.
const defaultSuffix = "="

// Rebuild makes a function that has travelled one that can be called. The modules are hostile until proven otherwise:
// they are bounded in number and size, and their top level together may execute so many steps as the lab allows when it
// loads a script. It runs once for one set of modules in this process, so the function's globals are shared, and
// frozen. more are names that the function's kind knows in addition to Predeclared; with them the modules run anew each
// time.
//
// What the host alone knows (check, matrix, plugin ...) does nothing at a module's top level, and is an error when the
// function calls it.
//
// Steps bound time only as far as the interpreter counts it, and a builtin that goes through items counts them. One
// builtin, method or operator may allocate MaxPiece. Memory is bounded for the process as a whole: while functions run
// and its heap is beyond MaxHeap, those that run end with an error, and if one does not, inside a builtin, the process
// panics rather than take the machine down. What a comparison or a hash would visit is counted before it
// begins, and what is copied counts as steps. What nothing bounds are keys that all have the same hash.
func Rebuild(fn value.Function, more starlark.StringDict) (*Callable, error) {
	b := &builder{more: more, left: maxFunctions}
	function, err := b.function(fn, 0)
	if err != nil {
		return nil, err
	}
	function.Freeze()
	return &Callable{fn: function}, nil
}

// builder rebuilds one function with those that it has captured.
type builder struct {
	more starlark.StringDict
	left int // how many more functions it may rebuild
}

func (b *builder) function(fn value.Function, depth int) (*starlark.Function, error) {
	if b.left--; b.left < 0 {
		return nil, fmt.Errorf("function %s: more than %d functions captured", fn.Name, maxFunctions)
	}
	if err := validate(fn); err != nil {
		return nil, fmt.Errorf("function %s: %w", fn.Name, err)
	}
	s := setOf(fn, b.more)
	if err := s.load(); err != nil {
		return nil, fmt.Errorf("function %s: %w", fn.Name, err)
	}
	home := s.loaded[fn.Path]
	if global, ok := home.globals[fn.Name].(*starlark.Function); ok && len(fn.Free) == 0 {
		if at := global.Position(); at.Line == fn.Line && at.Col == fn.Col && at.Filename() == fn.Path {
			return global, nil
		}
	}
	names := home.scope
	if len(fn.Free) > 0 {
		names = maps.Clone(names)
	}
	for _, free := range fn.Free {
		value, err := b.captured(free.Value, depth+1)
		if err != nil {
			return nil, fmt.Errorf("function %s: captured %s: %w", fn.Name, free.Name, err)
		}
		value.Freeze() // the function sees it as a global, which its own Freeze does not reach
		names[free.Name] = value
	}
	return s.evaluate(fn, names)
}

// validate checks what can be checked without reading the sources.
func validate(fn value.Function) error {
	switch {
	case len(fn.Modules) > maxModules:
		return fmt.Errorf("%d modules, want at most %d", len(fn.Modules), maxModules)
	case len(fn.Free) > maxNames:
		return fmt.Errorf("%d captured variables, want at most %d", len(fn.Free), maxNames)
	case len(fn.Known) > maxNames:
		return fmt.Errorf("%d predeclared names, want at most %d", len(fn.Known), maxNames)
	}
	total, seen := 0, map[string]bool{}
	for _, m := range fn.Modules {
		if err := validateModule(m, seen); err != nil {
			return fmt.Errorf("module %.100q: %w", m.Path, err)
		}
		seen[m.Path] = true
		if total += len(m.Source); total > maxSources {
			return fmt.Errorf("the files that it comes from have more than %d bytes together", maxSources)
		}
	}
	if !seen[fn.Path] {
		return fmt.Errorf("module %.100q is not among its modules", fn.Path)
	}
	for _, name := range fn.Known {
		if len(name) > maxName {
			return fmt.Errorf("a predeclared name of %d bytes", len(name))
		}
	}
	return nil
}

// validateModule checks one module; before are those that it may load, because none loads itself in a circle.
func validateModule(m value.Module, before map[string]bool) error {
	switch {
	case m.Path == "" || len(m.Path) > maxName:
		return fmt.Errorf("a path of %d bytes, want 1 to %d", len(m.Path), maxName)
	case before[m.Path]:
		return fmt.Errorf("it is listed twice")
	case len(m.Source) > MaxSource:
		return fmt.Errorf("%d bytes, want at most %d", len(m.Source), MaxSource)
	case !utf8.ValidString(m.Path) || !utf8.ValidString(m.Source):
		return fmt.Errorf("its text is not UTF-8")
	case len(m.Loads) > maxLoads:
		return fmt.Errorf("%d loads, want at most %d", len(m.Loads), maxLoads)
	}
	for _, load := range m.Loads {
		if len(load.Name) > maxName || !before[load.Path] {
			return fmt.Errorf("it loads %.100q, which is not among the modules before it", load.Path)
		}
	}
	return nil
}
