package star

import (
	"slices"

	"go.starlark.net/syntax"
)

// harmless tells whether the result of an operator cannot be much larger than its operands, whatever their values.
func (g *guarding) harmless(op syntax.Token, x, y syntax.Expr) bool {
	if !slices.Contains(guardedOperators, op) || literal(x) && literal(y) && op == syntax.PLUS {
		return true
	}
	a, b := g.sizeOf(x), g.sizeOf(y)
	switch op {
	case syntax.STAR:
		return a == unitLike || b == unitLike || a == smallInt && b != anything || b == smallInt && a != anything
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
		if units[e.Name] && !g.bound[e.Name] {
			return unitLike
		}
	case *syntax.ParenExpr:
		return g.sizeOf(e.X)
	case *syntax.UnaryExpr:
		if e.Op == syntax.MINUS || e.Op == syntax.PLUS {
			return g.sizeOf(e.X)
		}
	case *syntax.CallExpr:
		if fn, ok := e.Fn.(*syntax.Ident); ok && !g.bound[fn.Name] {
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

func literal(e syntax.Expr) bool {
	_, ok := e.(*syntax.Literal)
	return ok
}
