package star

import (
	"slices"

	"go.starlark.net/syntax"
)

// harmless tells whether the result of an operator cannot be much larger than its operands, whatever their values.
func (g *guarding) harmless(op syntax.Token, x, y syntax.Expr) bool {
	if !slices.Contains(guardedOperators, op) && !slices.Contains(comparisons, op) || g.literal(x) && g.literal(y) && op == syntax.PLUS {
		return true
	}
	a, b := g.sizeOf(x), g.sizeOf(y)
	switch op {
	case syntax.IN, syntax.NOT_IN:
		return g.literal(x) || a != anything ||
			!slices.ContainsFunc(leaves(y), func(e syntax.Expr) bool { return !g.literal(e) })
	case syntax.STAR:
		return a == unitLike || b == unitLike || a == smallInt && b != anything || b == smallInt && a != anything
	case syntax.EQL, syntax.NEQ, syntax.LT, syntax.LE, syntax.GT, syntax.GE:
		return g.comparesFast(x) || g.comparesFast(y)
	default:
		return a != anything || b != anything
	}
}

// What is known of an expression's value without evaluating it.
const (
	anything = iota
	number   // no text, and nothing that has items
	smallInt // an integer that makes no large one out of another number
	unitLike // neither an integer nor anything that can be repeated: a float, a unit
)

func (g *guarding) sizeOf(e syntax.Expr) int {
	switch e := e.(type) {
	case *syntax.Literal:
		switch e.Value.(type) {
		case int64:
			return smallInt
		case float64:
			return unitLike
		}
	case *syntax.Ident:
		if units[e.Name] && g.bound[e.Name] == 0 {
			return unitLike
		}
	case *syntax.ParenExpr:
		return g.sizeOf(e.X)
	case *syntax.UnaryExpr:
		if e.Op == syntax.MINUS || e.Op == syntax.PLUS {
			return g.sizeOf(e.X)
		}
	case *syntax.CallExpr:
		if fn, ok := e.Fn.(*syntax.Ident); ok && g.bound[fn.Name] == 0 {
			switch fn.Name {
			case "len":
				return smallInt
			case "float":
				return unitLike
			case "int":
				return number
			}
		}
	case *syntax.BinaryExpr:
		return g.sizeOfBinary(e)
	}
	return anything
}

func (g *guarding) sizeOfBinary(e *syntax.BinaryExpr) int {
	x, y := g.sizeOf(e.X), g.sizeOf(e.Y)
	switch e.Op {
	case syntax.SLASH: // int / int is a float
		return unitLike
	case syntax.SLASHSLASH, syntax.LTLT, syntax.GTGT:
		return number
	case syntax.PLUS: // of a number and something else, there is none
		if x != anything || y != anything {
			return number
		}
	case syntax.MINUS, syntax.PERCENT: // of sets; of texts
		if x != anything {
			return number
		}
	case syntax.STAR:
		if x != anything && y != anything {
			return number
		}
	}
	return anything
}

// literal tells whether an expression is a text or a number, None, True or False.
func (g *guarding) literal(e syntax.Expr) bool {
	if id, ok := e.(*syntax.Ident); ok && g.bound[id.Name] == 0 {
		return id.Name == "None" || id.Name == "True" || id.Name == "False"
	}
	_, ok := e.(*syntax.Literal)
	return ok
}

// comparesFast tells whether an expression is small, so that any comparison with it is.
func (g *guarding) comparesFast(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.DotExpr:
		return countersOfBackends[e.Name.Name]
	case *syntax.BinaryExpr:
		if e.Op == syntax.SLASH || e.Op == syntax.SLASHSLASH || e.Op == syntax.PERCENT {
			return true
		}
	}
	return g.literal(e) || g.sizeOf(e) != anything
}

// countersOfBackends are attributes that strategies compare all the time: a struct that has one of these names shows it
// only when it is small.
var countersOfBackends = map[string]bool{"inflight": true, "weight": true, "ewma": true}

// hashesFast tells whether an expression is no tuple and no struct.
func (g *guarding) hashesFast(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.BinaryExpr:
		switch e.Op {
		case syntax.MINUS, syntax.PERCENT, syntax.SLASH, syntax.SLASHSLASH:
			return true
		}
	case *syntax.ParenExpr:
		return g.hashesFast(e.X)
	case *syntax.CallExpr:
		if fn, ok := e.Fn.(*syntax.Ident); ok && (fn.Name == "str" || fn.Name == "type") && g.bound[fn.Name] == 0 {
			return true
		}
	}
	return g.literal(e) || g.sizeOf(e) != anything
}
