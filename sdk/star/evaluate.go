package star

import (
	"errors"
	"fmt"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/value"
)

// lambdaName is what a lambda is assigned to so that it can be taken from a module; no script can write it.
const lambdaName = "$function"

// maxPrograms bounds the functions of one set that are kept compiled.
const maxPrograms = 256

// evaluate makes the function of its def or lambda alone: what lies around it are the names given.
func (s *set) evaluate(fn value.Function, names starlark.StringDict) (*starlark.Function, error) {
	program, err := s.program(fn, names)
	if err != nil {
		return nil, fmt.Errorf("function %s: %w", fn.Name, err)
	}
	thread := s.thread(value.Module{Path: fn.Path}, DefaultSteps)
	globals, err := initialize(program, thread, names)
	if err != nil {
		return nil, fmt.Errorf("function %s: %s", fn.Name, Backtrace(err))
	}
	for _, name := range globals.Keys() { // the def or the assignment has made one
		if function, ok := globals[name].(*starlark.Function); ok {
			return function, nil
		}
	}
	return nil, fmt.Errorf("function %s: not found", fn.Name)
}

// program compiles the statement that makes the function, once for all that differ only in the values captured.
func (s *set) program(fn value.Function, names starlark.StringDict) (*starlark.Program, error) {
	key := programKey(fn)
	s.mu.Lock()
	defer s.mu.Unlock()
	if program := s.programs[key]; program != nil {
		return program, nil
	}
	// Resolving changes the tree: each program is made of one of its own.
	tree, err := Dialect.Parse(fn.Path, s.loaded[fn.Path].source, 0)
	if err != nil {
		return nil, err
	}
	Guard(tree)
	if err := isolate(tree, fn); err != nil {
		return nil, err
	}
	program, err := starlark.FileProgram(tree, names.Has)
	if err != nil {
		return nil, err
	}
	if len(s.programs) >= maxPrograms {
		clear(s.programs)
	}
	s.programs[key] = program
	return program, nil
}

func programKey(fn value.Function) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d:%d %q", fn.Line, fn.Col, fn.Path)
	for _, free := range fn.Free {
		fmt.Fprintf(&b, " %q", free.Name)
	}
	return b.String()
}

// isolate leaves of a file the one statement that makes the function.
func isolate(tree *syntax.File, fn value.Function) error {
	var found syntax.Stmt
	syntax.Walk(tree, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.DefStmt:
			if n.Def.Line == fn.Line && n.Def.Col == fn.Col {
				useDefaults(n.Params, fn.Free)
				found = n
			}
		case *syntax.LambdaExpr:
			if n.Lambda.Line == fn.Line && n.Lambda.Col == fn.Col {
				useDefaults(n.Params, fn.Free)
				found = &syntax.AssignStmt{
					OpPos: n.Lambda, Op: syntax.EQ, LHS: &syntax.Ident{NamePos: n.Lambda, Name: lambdaName}, RHS: n,
				}
			}
		}
		return found == nil
	})
	if found == nil {
		return errors.New("no def or lambda begins at " + fmt.Sprintf("%s:%d:%d", fn.Path, fn.Line, fn.Col))
	}
	tree.Stmts = []syntax.Stmt{found}
	return nil
}

// useDefaults replaces the expressions of defaults by the values that have travelled.
func useDefaults(params []syntax.Expr, free value.Fields) {
	for _, param := range params {
		optional, ok := param.(*syntax.BinaryExpr)
		if !ok {
			continue
		}
		name := optional.X.(*syntax.Ident).Name + defaultSuffix // the parser takes nothing else for a parameter
		if _, sent := free.Lookup(name); sent {
			optional.Y = &syntax.Ident{NamePos: syntax.Start(optional.Y), Name: name}
		}
	}
}
