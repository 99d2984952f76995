package star

import (
	"fmt"

	"go.starlark.net/syntax"
)

// augmented are the operators behind assignments such as +=.
var augmented = map[syntax.Token]syntax.Token{
	syntax.PLUS_EQ: syntax.PLUS, syntax.STAR_EQ: syntax.STAR, syntax.PERCENT_EQ: syntax.PERCENT,
	syntax.PIPE_EQ: syntax.PIPE, syntax.CIRCUMFLEX_EQ: syntax.CIRCUMFLEX,
}

// assign keeps x += y one statement: a list grows in place, and x is evaluated once.
func (g *guarding) assign(s *syntax.AssignStmt) syntax.Stmt {
	op, guarded := augmented[s.Op]
	guarded = guarded && !g.harmless(op, s.LHS, s.RHS)
	var hidden []syntax.Expr // of what the target is made, when evaluating it twice would show
	if guarded {
		hidden = g.once(s.LHS)
	}
	g.target(s.LHS)
	s.RHS = g.expr(s.RHS)
	if !guarded {
		return s
	}
	s.RHS = invoke(operandPrefix+op.String(), s.OpPos, copyOf(s.LHS), s.RHS)
	return g.nest(hidden, s)
}

// nest puts a statement into loops of one turn, which give hidden variables their values: for $1 in (f(),): $1[i] += x.
func (g *guarding) nest(hidden []syntax.Expr, inner syntax.Stmt) syntax.Stmt {
	if len(hidden) == 0 {
		return inner
	}
	at := syntax.Start(hidden[1])
	one := &syntax.TupleExpr{Lparen: at, Rparen: at, List: []syntax.Expr{g.expr(hidden[1])}}
	return &syntax.ForStmt{For: at, Vars: hidden[0], X: one, Body: []syntax.Stmt{g.nest(hidden[2:], inner)}}
}

// once replaces what a target is made of by hidden variables, if it may not be evaluated twice. It returns the
// variables, each with its value after it.
func (g *guarding) once(target syntax.Expr) (hidden []syntax.Expr) {
	hide := func(e *syntax.Expr) {
		if !pure(*e) {
			g.loops++
			at := syntax.Start(*e)
			name := func() *syntax.Ident { return &syntax.Ident{NamePos: at, Name: fmt.Sprintf("$%d", g.loops)} }
			hidden = append(hidden, name(), *e)
			*e = name()
		}
	}
	switch target := target.(type) {
	case *syntax.ParenExpr:
		return g.once(target.X)
	case *syntax.IndexExpr:
		if !pure(target.X) || !pure(target.Y) {
			hide(&target.X)
			hide(&target.Y)
		}
	case *syntax.DotExpr:
		hide(&target.X)
	}
	return hidden
}

// pure tells whether an expression may be evaluated twice.
func pure(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.Ident, *syntax.Literal:
		return true
	case *syntax.ParenExpr:
		return pure(e.X)
	case *syntax.DotExpr:
		return pure(e.X)
	case *syntax.IndexExpr:
		return pure(e.X) && pure(e.Y)
	}
	return false
}

// copyOf copies a target that is pure.
func copyOf(e syntax.Expr) syntax.Expr {
	switch e := e.(type) {
	case *syntax.Ident:
		return &syntax.Ident{NamePos: e.NamePos, Name: e.Name}
	case *syntax.ParenExpr:
		return copyOf(e.X)
	case *syntax.DotExpr:
		id := *e.Name
		return &syntax.DotExpr{X: copyOf(e.X), Dot: e.Dot, NamePos: e.NamePos, Name: &id}
	case *syntax.IndexExpr:
		return &syntax.IndexExpr{X: copyOf(e.X), Lbrack: e.Lbrack, Y: copyOf(e.Y), Rbrack: e.Rbrack}
	case *syntax.BinaryExpr: // of bounded
		return bounded(e.X.(*syntax.Ident).Name, e.OpPos, copyOf(e.Y))
	}
	return e
}

// target guards what an assignment's left side evaluates, and not what it assigns to.
func (g *guarding) target(target syntax.Expr) {
	for _, e := range leaves(target) {
		switch e := e.(type) {
		case *syntax.IndexExpr:
			e.X, e.Y = bounded(growingName, e.Lbrack, g.expr(e.X)), g.key(e.Y, e.Lbrack)
		case *syntax.DotExpr:
			e.X = g.expr(e.X)
		}
	}
}

// bounded puts a hidden operand before an expression.
func bounded(name string, at syntax.Position, e syntax.Expr) syntax.Expr {
	return &syntax.BinaryExpr{X: &syntax.Ident{NamePos: at, Name: name}, OpPos: at, Op: syntax.LTLT, Y: e}
}

// invoke makes a call of a hidden builtin, at the place where the interpreter would have met what it stands for.
func invoke(name string, at syntax.Position, args ...syntax.Expr) syntax.Expr {
	return &syntax.CallExpr{Fn: &syntax.Ident{NamePos: at, Name: name}, Lparen: at, Args: args, Rparen: at}
}
