package load

import (
	"go.starlark.net/resolve"
	"go.starlark.net/syntax"
)

// Clause is a part of a judged condition: all of it, or a side of an operator.
type Clause struct {
	Op          string // and, or, not; if: condition, then, else; "" of a side without an operator, which has no Sides
	Sides       []*Clause
	First, Last int    // its parts are parts[first:last]
	Truth       int    // the part that is its own value; -1 if that is not noted
	Each        *Each  // of all([... for ...]) and any([... for ...])
	Equal       [2]int // of x == y: the parts that x and y are; both 0 of anything else
}

// Each is the condition of a list's items.
type Each struct {
	Names       []string // of the variables
	Wants       bool     // the truth of the items that decide when the judged condition fails
	First, Last int      // its parts, within those of its clause: first the variables
}

// Leaves are the sides without operators, in the order of the source.
func (c *Clause) Leaves() (leaves []*Clause) {
	if c.Op == "" {
		return []*Clause{c}
	}
	for _, side := range c.Sides {
		leaves = append(leaves, side.Leaves()...)
	}
	return leaves
}

// Deciding are the leaves that have made the condition true or false. Where the truth of a leaf is not known all are.
func (c *Clause) Deciding(truth func(part int) (is, known bool)) []*Clause {
	d := decision{truth: truth}
	if d.clause(c); d.unknown {
		return c.Leaves()
	}
	return d.leaves
}

type decision struct {
	truth   func(part int) (is, known bool)
	leaves  []*Clause
	unknown bool
}

// clause returns the truth of a clause, and adds the leaves that have decided it.
func (d *decision) clause(c *Clause) bool {
	switch c.Op {
	case "not":
		return !d.clause(c.Sides[0])
	case "if":
		if d.clause(c.Sides[0]) {
			return d.clause(c.Sides[1])
		}
		return d.clause(c.Sides[2])
	case "and", "or":
		before := len(d.leaves)
		is := d.clause(c.Sides[0])
		if is == (c.Op == "or") {
			return is
		}
		first := len(d.leaves)
		if second := d.clause(c.Sides[1]); second != is { // it alone has decided
			d.leaves = append(d.leaves[:before], d.leaves[first:]...)
			return second
		}
		return is
	}
	is, known := d.truth(c.Truth)
	d.unknown = d.unknown || !known && c.Truth < 0
	d.leaves = append(d.leaves, c)
	return is
}

// where is what the operators around an expression make of its truth.
type where struct{ joined, negated bool }

// operators are those that are looked through.
var operators = map[syntax.Token]string{syntax.AND: "and", syntax.OR: "or"}

// judged instruments an expression whose truth is judged: its operators are looked through.
func (w *rewriter) judged(e syntax.Expr, in where) (syntax.Expr, *Clause) {
	c := &Clause{Truth: -1, First: len(w.Parts)}
	side := func(e syntax.Expr, in where) syntax.Expr {
		e, of := w.judged(e, in)
		c.Sides, c.Last = append(c.Sides, of), of.Last
		return e
	}
	joined := where{true, in.negated}
	switch e := e.(type) {
	case *syntax.ParenExpr:
		e.X, c = w.judged(e.X, in)
		return e, c
	case *syntax.UnaryExpr:
		if e.Op == syntax.NOT {
			c.Op, e.X = "not", side(e.X, where{in.joined, !in.negated})
			return e, c
		}
	case *syntax.CondExpr:
		c.Op, e.Cond = "if", side(e.Cond, joined)
		e.True, e.False = side(e.True, joined), side(e.False, joined)
		return e, c
	case *syntax.BinaryExpr:
		if c.Op = operators[e.Op]; c.Op != "" {
			e.X = side(e.X, joined)
			e.Y = side(e.Y, joined)
			return e, c
		}
	}
	return w.leaf(e, in, c), c
}

// leaf instruments a side without operators. Beside others its own truth is noted too.
func (w *rewriter) leaf(e syntax.Expr, in where, c *Clause) syntax.Expr {
	switch x, compares := comparison(e); {
	case w.full() || constant(e):
	case compares:
		if in.joined {
			c.Truth = len(w.Parts)
			e = w.note(e)
		}
		left := len(w.Parts)
		x.X = w.valued(x.X)
		right := len(w.Parts)
		x.Y = w.valued(x.Y)
		if x.Op == syntax.EQL && left < right && right < len(w.Parts) {
			c.Equal = [2]int{left, right}
		}
	default:
		if of := items(e); of != nil {
			c.Truth = len(w.Parts)
			e = w.note(e)
			c.Each = w.each(of, in.negated)
		} else if e = w.valued(e); len(w.Parts) > c.First {
			c.Truth = c.First
		}
	}
	c.Last = len(w.Parts)
	return e
}

func comparison(e syntax.Expr) (x *syntax.BinaryExpr, is bool) {
	if x, is = e.(*syntax.BinaryExpr); !is {
		return nil, false
	}
	switch x.Op {
	case syntax.EQL, syntax.NEQ, syntax.LT, syntax.LE, syntax.GT, syntax.GE, syntax.IN, syntax.NOT_IN:
		return x, true
	}
	return nil, false
}

// items is the list of all([... for ...]) or any([... for ...]), nil of anything else.
func items(e syntax.Expr) *syntax.Comprehension {
	call, ok := e.(*syntax.CallExpr)
	if !ok || len(call.Args) != 1 {
		return nil
	}
	fn, ok := call.Fn.(*syntax.Ident)
	if !ok || fn.Name != "all" && fn.Name != "any" {
		return nil
	}
	if b := bindingOf(fn); b == nil || b.Scope != resolve.Universal && b.Scope != resolve.Predeclared {
		return nil
	}
	list, _ := call.Args[0].(*syntax.Comprehension)
	if list == nil || list.Curly {
		return nil
	}
	return list
}

// each turns the body of a list into $each(n, variables..., body').
func (w *rewriter) each(list *syntax.Comprehension, negated bool) *Each {
	x := &Each{Wants: negated, First: len(w.Parts)}
	args := []syntax.Expr{literal(list.Body, len(w.Eaches))}
	w.Eaches = append(w.Eaches, x)
	for _, clause := range list.Clauses {
		if loop, ok := clause.(*syntax.ForClause); ok {
			for _, v := range variables(loop.Vars) {
				x.Names = append(x.Names, v.Name)
				args = append(args, w.part(&syntax.Ident{NamePos: v.NamePos, Name: v.Name}, true))
			}
		}
	}
	body, _ := w.judged(list.Body, where{negated: negated})
	x.Last = len(w.Parts)
	list.Body = w.invoke(EachWord, list.Body, append(args, body)...)
	return x
}

// variables are those that a loop sets.
func variables(e syntax.Expr) (names []*syntax.Ident) {
	syntax.Walk(e, func(n syntax.Node) bool {
		if id, ok := n.(*syntax.Ident); ok {
			names = append(names, id)
		}
		return true
	})
	return names
}
