package load

import (
	"fmt"

	"go.starlark.net/resolve"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// refuseRebinding reports the first place where a name reads as a unit but the file has bound it to something else, as
// in `for s in servers: lab.sleep(3*s)`. Apart from that, the names of parameters, variables and functions belong to
// the author, predeclared or not. The tree must be resolved.
func refuseRebinding(tree *syntax.File) error {
	var found *syntax.Ident
	syntax.Walk(tree, func(n syntax.Node) bool {
		if found == nil {
			found = reboundUnit(n)
		}
		return found == nil
	})
	if found == nil {
		return nil
	}
	line := bindingOf(found).First.NamePos.Line
	return &trouble.Error{
		Pos:  PositionOf(found.NamePos),
		Text: fmt.Sprintf("%q is %s, but line %d binds it to something else", found.Name, unitOf(found.Name), line),
		Hint: fmt.Sprintf("give what line %d binds another name: in its scope it hides the unit",
			line),
	}
}

// reboundUnit returns the operand of the node that stands where a unit does, but is a name of the file: x*s, s*10, x/s,
// x //= s.
func reboundUnit(n syntax.Node) *syntax.Ident {
	switch n := n.(type) {
	case *syntax.BinaryExpr:
		switch n.Op {
		case syntax.STAR:
			if isNumber(n.Y) {
				if id := rebound(n.X); id != nil {
					return id
				}
			}
			return secondOperand(n.X, n.Y)
		case syntax.SLASH, syntax.SLASHSLASH:
			return secondOperand(n.X, n.Y)
		}
	case *syntax.AssignStmt:
		switch n.Op {
		case syntax.STAR_EQ, syntax.SLASH_EQ, syntax.SLASHSLASH_EQ:
			return secondOperand(n.LHS, n.RHS)
		}
	}
	return nil
}

// secondOperand is y when it is such a name, unless x is no quantity: "-" * s and [0] * s repeat.
func secondOperand(x, y syntax.Expr) *syntax.Ident {
	switch x := bare(x).(type) {
	case *syntax.ListExpr, *syntax.TupleExpr:
		return nil
	case *syntax.Literal:
		if !isNumber(x) {
			return nil
		}
	}
	return rebound(y)
}

// rebound is the expression when it has the name of a unit, and the file has bound that name.
func rebound(e syntax.Expr) *syntax.Ident {
	id, ok := bare(e).(*syntax.Ident)
	if !ok || unitOf(id.Name) == "" {
		return nil
	}
	if b := bindingOf(id); b == nil || b.First == nil {
		return nil
	}
	return id
}

// bindingOf is what the resolver has found the name to mean; nil where it has not looked.
func bindingOf(id *syntax.Ident) *resolve.Binding {
	b, _ := id.Binding.(*resolve.Binding)
	return b
}

func isNumber(e syntax.Expr) bool {
	literal, ok := bare(e).(*syntax.Literal)
	return ok && (literal.Token == syntax.INT || literal.Token == syntax.FLOAT)
}

// bare takes off parentheses and signs.
func bare(e syntax.Expr) syntax.Expr {
	for {
		switch inner := e.(type) {
		case *syntax.ParenExpr:
			e = inner.X
		case *syntax.UnaryExpr:
			if inner.X == nil || inner.Op != syntax.MINUS && inner.Op != syntax.PLUS {
				return e
			}
			e = inner.X
		default:
			return e
		}
	}
}

// unitOf says what a unit measures, "" of any other name.
func unitOf(name string) string {
	switch name {
	case "us", "ms", "s", "minute", "hour":
		return "a unit of time"
	case "bit", "kbit", "mbit", "gbit":
		return "a unit of rates"
	case "KiB", "MiB":
		return "a unit of sizes"
	}
	return ""
}
