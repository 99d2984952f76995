package load

import (
	"go.starlark.net/resolve"
	"go.starlark.net/syntax"
)

// idle names the condition that a statement states and that nobody looks at, with what should be written; "" if there is none. In
// cond and f(), and in f() or g(), the last call is what the statement does.
func idle(e syntax.Expr) (what, hint string) {
	if _, compares := comparison(e); compares {
		return "the comparison", "check(a == b)"
	}
	switch e := e.(type) {
	case *syntax.ParenExpr:
		return idle(e.X)
	case *syntax.UnaryExpr:
		if e.Op == syntax.NOT {
			return "not", "check(not x)"
		}
	case *syntax.BinaryExpr:
		if op := operators[e.Op]; op != "" && states(e.Y) {
			return op, "check(a " + op + " b)"
		}
	case *syntax.CondExpr:
		if what, hint = idle(e.True); what == "" {
			what, hint = idle(e.False)
		}
		return what, hint
	case *syntax.TupleExpr:
		return idleItem(e.List, "check(cond, message)")
	case *syntax.ListExpr:
		return idleItem(e.List, "check(a == b)")
	case *syntax.Comprehension:
		return idleItem([]syntax.Expr{e.Body}, "check(all([... for ...]))")
	case *syntax.CallExpr:
		if fn, ok := e.Fn.(*syntax.Ident); ok && (fn.Name == "all" || fn.Name == "any") {
			if b := bindingOf(fn); b != nil && (b.Scope == resolve.Universal || b.Scope == resolve.Predeclared) {
				return fn.Name, "check(" + fn.Name + "(list))"
			}
		}
	}
	return "", ""
}

// states tells whether an expression is a condition, or a value that is looked up: it does nothing.
func states(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.ParenExpr:
		return states(e.X)
	case *syntax.DotExpr:
		return true
	case *syntax.Ident:
		return e.Name != "None"
	}
	what, _ := idle(e)
	return what != ""
}

// idleItem is idle of the first item that is a condition.
func idleItem(items []syntax.Expr, better string) (what, hint string) {
	for _, item := range items {
		if _, dot := item.(*syntax.DotExpr); dot {
			return "the list", better
		}
		if what, _ := idle(item); what != "" {
			return what, better
		}
	}
	return "", ""
}

// unused hands the value of a statement that does nothing to whoever knows whether it should have been used, with its source if
// no value does anything there: x.y, which is no call.
func (w *rewriter) unused(s *syntax.ExprStmt) {
	text := ""
	bare := s.X
	for paren, ok := bare.(*syntax.ParenExpr); ok; paren, ok = bare.(*syntax.ParenExpr) {
		bare = paren.X
	}
	switch x := bare.(type) {
	case *syntax.Ident:
		if constant(x) {
			return
		}
		text = w.text(s.X)
	case *syntax.DotExpr:
		text = w.text(s.X)
	case *syntax.CallExpr:
		switch fn := x.Fn.(type) {
		case *syntax.Ident:
			if fn.Name != "linearizable" {
				return
			}
		case *syntax.DotExpr:
			if fn.Name.Name != "at_most_one" && fn.Name.Name != "attempt" {
				return
			}
		default:
			return
		}
	default:
		return
	}
	s.X = w.invoke(UnusedWord, s.X, &syntax.Literal{Token: syntax.STRING, TokenPos: syntax.Start(s.X), Value: text}, s.X)
}
