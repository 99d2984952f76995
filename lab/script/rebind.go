package script

import (
	"fmt"

	"go.starlark.net/syntax"
)

// refuseRebinding reports the first place where a file gives a predeclared name another meaning. Starlark allows it
// silently, and then `for s in servers` turns 3*s into something else.
func refuseRebinding(tree *syntax.File) error {
	var found *syntax.Ident
	bind := func(e syntax.Expr) {
		for _, id := range bound(e) {
			if predeclared.Has(id.Name) && (found == nil || before(id, found)) {
				found = id
			}
		}
	}
	syntax.Walk(tree, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.AssignStmt:
			bind(n.LHS)
		case *syntax.ForStmt:
			bind(n.Vars)
		case *syntax.ForClause:
			bind(n.Vars)
		case *syntax.DefStmt:
			bind(n.Name)
			for _, p := range n.Params {
				bind(param(p))
			}
		case *syntax.LambdaExpr:
			for _, p := range n.Params {
				bind(param(p))
			}
		case *syntax.LoadStmt:
			for _, id := range n.To { // the names bound here; From are those of the other file
				bind(id)
			}
		}
		return true
	})
	if found == nil {
		return nil
	}
	return &Error{
		Pos:  positionOf(found.NamePos),
		Msg:  fmt.Sprintf("%q is predeclared and cannot be bound to something else", found.Name),
		Hint: fmt.Sprintf("%q is %s here; take another name", found.Name, meaning(found.Name)),
	}
}

func before(a, b *syntax.Ident) bool {
	return a.NamePos.Line < b.NamePos.Line || a.NamePos.Line == b.NamePos.Line && a.NamePos.Col < b.NamePos.Col
}

// bound lists the names that an assignment to the expression binds.
func bound(e syntax.Expr) []*syntax.Ident {
	var ids []*syntax.Ident
	switch e := e.(type) {
	case *syntax.Ident:
		ids = append(ids, e)
	case *syntax.ParenExpr:
		ids = bound(e.X)
	case *syntax.TupleExpr:
		for _, item := range e.List {
			ids = append(ids, bound(item)...)
		}
	case *syntax.ListExpr:
		for _, item := range e.List {
			ids = append(ids, bound(item)...)
		}
	}
	return ids
}

// param is the name of a parameter: x, x = 1, *x, **x.
func param(e syntax.Expr) syntax.Expr {
	switch e := e.(type) {
	case *syntax.BinaryExpr:
		return e.X
	case *syntax.UnaryExpr:
		return e.X
	}
	return e
}

func meaning(name string) string {
	switch name {
	case "us", "ms", "s", "minute", "hour":
		return "a unit of time"
	case "bit", "kbit", "mbit", "gbit":
		return "a unit of rates"
	case "KiB", "MiB":
		return "a unit of sizes"
	case "uniform", "exponential", "normal", "lognormal", "pareto":
		return "a distribution"
	}
	return "the lab's"
}
