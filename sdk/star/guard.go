package star

import (
	"fmt"

	"go.starlark.net/syntax"
)

// Guard rewrites a file so that nothing in it asks for much more memory than there is before anybody can say no.
// Starlark has no hook for its operators and methods, so those whose result may be much larger than their operands
// become calls of builtins that look at the operands first, unless it can be seen that they are harmless: x + 1, 10*ms,
// n % len(list). Everything means what it meant, and positions stay those of the source.
//
//	x * y                   $*(x, y)
//	x += y                  x += $+=(x, y)
//	x.join                  $.join(x)
//	x[a:b]                  $[:(x)[a:b]
//	f(*x)                   f(*$(*(x))
//	{k: v for k, v in x}    $dict([(k, v) for k, v in x])
//
// The file must not be resolved yet.
func Guard(tree *syntax.File) {
	g := &guarding{bound: map[string]bool{}}
	syntax.Walk(tree, func(n syntax.Node) bool {
		g.note(n)
		return true
	})
	g.stmts(tree.Stmts)
}

type guarding struct {
	bound map[string]bool // names that the file gives a meaning anywhere
	loops int             // hidden variables, see once
}

// note remembers the names that are bound.
func (g *guarding) note(n syntax.Node) {
	switch n := n.(type) {
	case *syntax.AssignStmt:
		g.bind(n.LHS)
	case *syntax.ForStmt:
		g.bind(n.Vars)
	case *syntax.ForClause:
		g.bind(n.Vars)
	case *syntax.DefStmt:
		g.bind(n.Name)
		g.bindParams(n.Params)
	case *syntax.LambdaExpr:
		g.bindParams(n.Params)
	case *syntax.LoadStmt:
		for _, id := range n.To {
			g.bind(id)
		}
	}
}

func (g *guarding) bindParams(params []syntax.Expr) {
	for _, param := range params {
		switch param := param.(type) {
		case *syntax.BinaryExpr:
			g.bind(param.X)
		case *syntax.UnaryExpr:
			g.bind(param.X)
		default:
			g.bind(param)
		}
	}
}

func (g *guarding) bind(e syntax.Expr) {
	switch e := e.(type) {
	case *syntax.Ident:
		g.bound[e.Name] = true
	case *syntax.ParenExpr:
		g.bind(e.X)
	case *syntax.TupleExpr:
		for _, item := range e.List {
			g.bind(item)
		}
	case *syntax.ListExpr:
		for _, item := range e.List {
			g.bind(item)
		}
	}
}

func (g *guarding) stmts(list []syntax.Stmt) {
	for i, stmt := range list {
		list[i] = g.stmt(stmt)
	}
}

func (g *guarding) stmt(stmt syntax.Stmt) syntax.Stmt {
	switch s := stmt.(type) {
	case *syntax.AssignStmt:
		return g.assign(s)
	case *syntax.DefStmt:
		g.params(s.Params)
		g.stmts(s.Body)
	case *syntax.ExprStmt:
		s.X = g.expr(s.X)
	case *syntax.ForStmt:
		g.target(s.Vars)
		s.X = g.expr(s.X)
		g.stmts(s.Body)
	case *syntax.WhileStmt:
		s.Cond = g.expr(s.Cond)
		g.stmts(s.Body)
	case *syntax.IfStmt:
		s.Cond = g.expr(s.Cond)
		g.stmts(s.True)
		g.stmts(s.False)
	case *syntax.ReturnStmt:
		if s.Result != nil {
			s.Result = g.expr(s.Result)
		}
	}
	return stmt
}

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
	}
	return e
}

// target guards what an assignment's left side evaluates, and not what it assigns to.
func (g *guarding) target(e syntax.Expr) {
	switch e := e.(type) {
	case *syntax.ParenExpr:
		g.target(e.X)
	case *syntax.IndexExpr:
		e.X, e.Y = g.expr(e.X), g.expr(e.Y)
	case *syntax.DotExpr:
		e.X = g.expr(e.X)
	case *syntax.TupleExpr:
		for _, item := range e.List {
			g.target(item)
		}
	case *syntax.ListExpr:
		for _, item := range e.List {
			g.target(item)
		}
	}
}

// params guards the defaults.
func (g *guarding) params(params []syntax.Expr) {
	for _, param := range params {
		if optional, ok := param.(*syntax.BinaryExpr); ok {
			optional.Y = g.expr(optional.Y)
		}
	}
}

func (g *guarding) exprs(list []syntax.Expr) {
	for i, e := range list {
		list[i] = g.expr(e)
	}
}

func (g *guarding) expr(e syntax.Expr) syntax.Expr {
	switch x := e.(type) {
	case *syntax.BinaryExpr:
		return g.binary(x)
	case *syntax.CallExpr:
		x.Fn = g.expr(x.Fn)
		g.args(x.Args)
	case *syntax.Comprehension:
		return g.comprehension(x)
	case *syntax.CondExpr:
		x.Cond, x.True, x.False = g.expr(x.Cond), g.expr(x.True), g.expr(x.False)
	case *syntax.DictEntry:
		x.Key, x.Value = g.expr(x.Key), g.expr(x.Value)
	case *syntax.DictExpr:
		g.exprs(x.List)
	case *syntax.DotExpr:
		x.X = g.expr(x.X)
		if guardedMethods[x.Name.Name] != nil {
			return invoke(methodPrefix+x.Name.Name, x.Dot, x.X)
		}
	case *syntax.IndexExpr:
		x.X, x.Y = g.expr(x.X), g.expr(x.Y)
	case *syntax.LambdaExpr:
		g.params(x.Params)
		x.Body = g.expr(x.Body)
	case *syntax.ListExpr:
		g.exprs(x.List)
	case *syntax.ParenExpr:
		x.X = g.expr(x.X)
	case *syntax.SliceExpr:
		g.slice(x)
	case *syntax.TupleExpr:
		g.exprs(x.List)
	case *syntax.UnaryExpr:
		if x.X != nil {
			x.X = g.expr(x.X)
		}
	}
	return e
}

func (g *guarding) slice(x *syntax.SliceExpr) {
	x.X = invoke(sliceName, x.Lbrack, g.expr(x.X))
	for _, part := range []*syntax.Expr{&x.Lo, &x.Hi, &x.Step} {
		if *part != nil {
			*part = g.expr(*part)
		}
	}
}

func (g *guarding) args(args []syntax.Expr) {
	for i, arg := range args {
		switch a := arg.(type) {
		case *syntax.BinaryExpr:
			if a.Op == syntax.EQ { // name = value
				a.Y = g.expr(a.Y)
				continue
			}
		case *syntax.UnaryExpr:
			if a.Op == syntax.STAR || a.Op == syntax.STARSTAR {
				a.X = invoke(spreadName, a.OpPos, g.expr(a.X))
				continue
			}
		}
		args[i] = g.expr(arg)
	}
}

func (g *guarding) comprehension(x *syntax.Comprehension) syntax.Expr {
	for _, clause := range x.Clauses {
		switch c := clause.(type) {
		case *syntax.ForClause:
			g.target(c.Vars)
			c.X = g.expr(c.X)
		case *syntax.IfClause:
			c.Cond = g.expr(c.Cond)
		}
	}
	x.Body = g.expr(x.Body)
	entry, ok := x.Body.(*syntax.DictEntry)
	if !x.Curly || !ok {
		return x
	}
	at := syntax.Start(entry)
	x.Curly, x.Body = false, &syntax.TupleExpr{Lparen: at, Rparen: at, List: []syntax.Expr{entry.Key, entry.Value}}
	return invoke(dictOfName, entry.Colon, x)
}

func (g *guarding) binary(x *syntax.BinaryExpr) syntax.Expr {
	harmless := g.harmless(x.Op, x.X, x.Y)
	x.X, x.Y = g.expr(x.X), g.expr(x.Y)
	if harmless {
		return x
	}
	return invoke(operatorPrefix+x.Op.String(), x.OpPos, x.X, x.Y)
}

// invoke makes a call of a hidden builtin, at the place where the interpreter would have met what it stands for.
func invoke(name string, at syntax.Position, args ...syntax.Expr) syntax.Expr {
	return &syntax.CallExpr{Fn: &syntax.Ident{NamePos: at, Name: name}, Lparen: at, Args: args, Rparen: at}
}
