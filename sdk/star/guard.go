package star

import (
	"slices"

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
//	x == y, x in y          x == $== << y, $[ << x in $in << y
//	x.node == y             $named ==(x.node, y)
//	x[y], {y: z}            x[$[ << y], {$[ << y: z}
//	x[y] = z, x.add(y)      ($[= << x)[$[ << y] = z, ($[= << x).add($[ << y)
//	min(x, key = lambda y: y.weight)    $key min(...)
//	min(x, key = lambda y: y.a * 2)     $arith min(..., $arith = ".a 2 *")
//	{k: v for k, v in x}    $dict([(k, v) for k, v in x])
//
// The file must not be resolved yet.
func Guard(tree *syntax.File) {
	g := &guarding{bound: map[string]int{}, constants: map[string]bool{}}
	syntax.Walk(tree, func(n syntax.Node) bool {
		g.note(n)
		return true
	})
	for i, stmt := range tree.Stmts {
		tree.Stmts[i] = g.stmt(stmt)
		if assign, ok := stmt.(*syntax.AssignStmt); ok && assign.Op == syntax.EQ {
			if id, ok := assign.LHS.(*syntax.Ident); ok && g.bound[id.Name] == 1 {
				g.constants[id.Name] = true
			}
		}
	}
}

type guarding struct {
	bound map[string]int // how often the file gives a name a meaning
	loops int            // hidden variables, see once
	// judging counts the calls around that package load has rewritten, since they judge.
	judging int

	constants map[string]bool // names that have had their only meaning, at the top of the file
	own       []syntax.Expr   // parameters of the function around
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

func (g *guarding) bind(target syntax.Expr) {
	for _, e := range leaves(target) {
		if id, ok := e.(*syntax.Ident); ok {
			g.bound[id.Name]++
		}
	}
}

// leaves are the expressions of which a tuple or a list is made, or the expression itself.
func leaves(e syntax.Expr) (all []syntax.Expr) {
	var list []syntax.Expr
	switch e := e.(type) {
	case *syntax.ParenExpr:
		return leaves(e.X)
	case *syntax.TupleExpr:
		list = e.List
	case *syntax.ListExpr:
		list = e.List
	default:
		return []syntax.Expr{e}
	}
	for _, item := range list {
		all = append(all, leaves(item)...)
	}
	return all
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
		g.inside(s.Params, func() { g.stmts(s.Body) })
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

// params guards the defaults.
func (g *guarding) params(params []syntax.Expr) {
	for _, param := range params {
		if optional, ok := param.(*syntax.BinaryExpr); ok {
			optional.Y = g.expr(optional.Y)
		}
	}
}

// inside guards the body of a function.
func (g *guarding) inside(params []syntax.Expr, body func()) {
	around := g.own
	g.own = params
	body()
	g.own = around
}

// surely tells whether a name has a value wherever the function around is called.
func (g *guarding) surely(name string) bool {
	return g.own != nil && g.constants[name] || slices.ContainsFunc(g.own, func(param syntax.Expr) bool {
		switch p := param.(type) {
		case *syntax.BinaryExpr:
			param = p.X
		case *syntax.UnaryExpr:
			param = p.X
		}
		id, ok := param.(*syntax.Ident)
		return ok && id.Name == name
	})
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
		g.call(x)
	case *syntax.Comprehension:
		return g.comprehension(x)
	case *syntax.CondExpr:
		x.Cond, x.True, x.False = g.expr(x.Cond), g.expr(x.True), g.expr(x.False)
	case *syntax.DictEntry:
		x.Key, x.Value = g.key(x.Key, x.Colon), g.expr(x.Value)
	case *syntax.DictExpr:
		g.exprs(x.List)
	case *syntax.DotExpr:
		x.X = g.expr(x.X)
		if guardedMethods[x.Name.Name] != nil {
			return invoke(methodPrefix+x.Name.Name, x.Dot, x.X)
		}
	case *syntax.IndexExpr:
		x.X, x.Y = g.expr(x.X), g.key(x.Y, x.Lbrack)
	case *syntax.LambdaExpr:
		g.params(x.Params)
		g.inside(x.Params, func() { x.Body = g.expr(x.Body) })
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
	args := []syntax.Expr{g.expr(x.X)}
	if x.Step != nil { // a part of a text or a tuple becomes a copy
		args = append(args, &syntax.Literal{Token: syntax.INT, TokenPos: x.Lbrack, Value: int64(1)})
	}
	x.X = invoke(sliceName, x.Lbrack, args...)
	for _, part := range []*syntax.Expr{&x.Lo, &x.Hi, &x.Step} {
		if *part != nil {
			*part = g.expr(*part)
		}
	}
}

// call guards a call. A method that looks up a key is given one that has a bound, which is cheaper than a call.
func (g *guarding) call(x *syntax.CallExpr) {
	if judges(x) {
		g.judging++
		defer func() { g.judging-- }()
	}
	method, ok := x.Fn.(*syntax.DotExpr)
	if ok && keyMethods[method.Name.Name] && len(x.Args) > 0 && !spread(x.Args[0]) && !g.looksUp(method, x.Args[0]) {
		method.X = g.expr(method.X)
		if method.Name.Name == "add" || method.Name.Name == "setdefault" {
			method.X = bounded(growingName, method.Dot, method.X)
		}
		g.args(x.Args[1:])
		x.Args[0] = g.key(x.Args[0], x.Lparen)
		return
	}
	if fn, ok := x.Fn.(*syntax.Ident); ok && g.bound[fn.Name] == 0 {
		g.keyed(x, fn)
	}
	x.Fn = g.expr(x.Fn)
	g.args(x.Args)
}

// looksUp tells whether a call is dict.get or the like in what is judged, or of a text that reads as a number: it is compared with the
// keys, see callMethod.
func (g *guarding) looksUp(method *syntax.DotExpr, key syntax.Expr) bool {
	name := method.Name.Name
	return (name == "get" || name == "pop" || name == "setdefault") && (g.judging > 0 || isNumeral(key))
}

// keyed chooses the builtin for a call that has a key.
func (g *guarding) keyed(x *syntax.CallExpr, fn *syntax.Ident) {
	var more []syntax.Expr
	if fn.Name == "min" || fn.Name == "max" {
		more = g.arithmeticKey(x.Args, x.Rparen)
	}
	name := fn.Name
	if g.keysFast(fn, x.Args) {
		name = fastKeysPrefix + name
	}
	if more != nil {
		name = arithmeticPrefix + name
		x.Args = append(x.Args, more...)
	}
	x.Fn = &syntax.Ident{NamePos: fn.NamePos, Name: name}
}

// keysFast tells whether a call sorts by what is small.
func (g *guarding) keysFast(fn *syntax.Ident, args []syntax.Expr) bool {
	if fn.Name != "min" && fn.Name != "max" && fn.Name != "sorted" {
		return false
	}
	return slices.ContainsFunc(args, func(arg syntax.Expr) bool {
		key, ok := arg.(*syntax.BinaryExpr)
		if !ok || key.Op != syntax.EQ || key.X.(*syntax.Ident).Name != "key" {
			return false
		}
		fn, ok := key.Y.(*syntax.LambdaExpr)
		return ok && g.comparesFast(fn.Body)
	})
}

// keyMethods are those whose first argument is a key of the dict or set, and that do nothing else at length.
var keyMethods = map[string]bool{"get": true, "pop": true, "setdefault": true, "add": true, "discard": true}

// spread tells whether an argument stands for any number of them, or has a name.
func spread(arg syntax.Expr) bool {
	switch a := arg.(type) {
	case *syntax.UnaryExpr:
		return a.Op == syntax.STAR || a.Op == syntax.STARSTAR
	case *syntax.BinaryExpr:
		return a.Op == syntax.EQ
	}
	return false
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

func (g *guarding) operator(x *syntax.BinaryExpr) syntax.Expr {
	harmless := g.harmless(x.Op, x.X, x.Y)
	switch x.Op {
	case syntax.EQL, syntax.NEQ, syntax.LT, syntax.LE, syntax.GT, syntax.GE: // as long as the shorter of the two
		if x.X, x.Y = g.expr(x.X), g.expr(x.Y); !harmless {
			x.Y = bounded(comparedName, x.OpPos, x.Y)
		}
		return x
	case syntax.IN, syntax.NOT_IN:
		if harmless {
			break
		}
		x.X, x.Y = g.key(x.X, x.OpPos), bounded(searchedName, x.OpPos, g.expr(x.Y))
		return x
	}
	x.X, x.Y = g.expr(x.X), g.expr(x.Y)
	if harmless {
		return x
	}
	return invoke(operatorPrefix+x.Op.String(), x.OpPos, x.X, x.Y)
}

// key guards an expression whose value will be hashed, if it is one of a mapping.
func (g *guarding) key(e syntax.Expr, at syntax.Position) syntax.Expr {
	harmless := g.hashesFast(e)
	if e = g.expr(e); harmless {
		return e
	}
	return bounded(keyName, at, e)
}
