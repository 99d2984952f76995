package star

import (
	"slices"
	"strings"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// Named is a value that has a name and equals no text. Starlark calls the two different without a word, so a check that
// nothing is of that name would always pass. Guard makes it an error.
type Named interface {
	starlark.Value
	Named() string // the name
}

// Prefixes of comparisons that refuse what is never equal: $named ==(x, y) is x == y, and an error for a text beside a Named.
// $alike == also refuses what unlike does.
const (
	namedPrefix = "$named "
	alikePrefix = "$alike "
)

// namedOperators are those that both have.
var namedOperators = []syntax.Token{syntax.EQL, syntax.NEQ, syntax.IN}

// compareNamed is x op y. It returns an error if a Named, or what holds some, is compared with a text, or with what holds
// some. So it does for a quantity and a number without a unit, which are never equal.
func compareNamed(op syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	x, y = listed(x, y), listed(y, x)
	a, b := first(x), first(y)
	if err := mistaken(a, b); err != nil {
		return nil, err
	}
	if hasUnit(a) && isNumber(b) || isNumber(a) && hasUnit(b) {
		return nil, Errorf("give the number a unit: 10*ms, 1*mbit",
			"%s equals no %s: got %s and %s", a.Type(), b.Type(), Show(a, maxName), Show(b, maxName))
	}
	if op == syntax.IN {
		return starlark.Binary(op, x, y)
	}
	same, err := starlark.Compare(op, x, y)
	return starlark.Bool(same), err
}

// compareAlike is compareNamed, and returns an error for what unlike refuses, too.
func compareAlike(op syntax.Token, x, y starlark.Value) (starlark.Value, error) {
	same, err := compareNamed(op, x, y)
	if refused := unlike(op, x, y); err == nil && refused != nil {
		return nil, refused
	}
	return same, err
}

func mistaken(x, y starlark.Value) error {
	n, named := x.(Named)
	if !named {
		n, named = y.(Named)
		y = x
	}
	text, is := y.(starlark.String)
	if !named || !is {
		return nil
	}
	return Errorf("compare its name: .name", "a %s equals no text: got the %s %s and the text %s", n.Type(), n.Type(), n.Named(), Show(text, maxName))
}

func hasUnit(v starlark.Value) bool {
	switch v.(type) {
	case Duration, Rate:
		return true
	}
	return false
}

func isNumber(v starlark.Value) bool {
	switch v.(type) {
	case starlark.Int, starlark.Float:
		return true
	}
	return false
}

// first is the first of the items of a value, or else the value itself.
func first(v starlark.Value) starlark.Value {
	if items, ok := v.(starlark.Iterable); ok {
		for item := range starlark.Elements(items) {
			return item
		}
	}
	return v
}

// binary guards an operator, and a comparison that may be one of what is never equal.
func (g *guarding) binary(x *syntax.BinaryExpr) syntax.Expr {
	prefix := ""
	switch {
	case g.judging > 0 || mayBeAlike(x.X, x.Y):
		prefix = alikePrefix
	case mayBeNamed(x.X, x.Y) || mayBeListed(x):
		prefix = namedPrefix
	}
	switch e := g.operator(x).(type) {
	case *syntax.BinaryExpr:
		switch {
		case prefix == "":
		case e.Op == syntax.NOT_IN:
			return &syntax.UnaryExpr{OpPos: e.OpPos, Op: syntax.NOT, X: invoke(prefix+syntax.IN.String(), e.OpPos, e.X, e.Y)}
		case slices.Contains(namedOperators, e.Op):
			return invoke(prefix+e.Op.String(), e.OpPos, e.X, e.Y)
		}
		return e
	default:
		return e
	}
}

// mayBeAlike tells whether one side of a comparison is a text that reads as a number, and the other an attribute, whose values
// are of one type; a variable may go through a mixed list.
func mayBeAlike(x, y syntax.Expr) bool {
	return isNumeral(x) && isAttribute(y) || isAttribute(x) && isNumeral(y)
}

func isAttribute(e syntax.Expr) bool {
	_, is := unhidden(e).(*syntax.DotExpr)
	return is
}

// mayBeNamed tells whether one side of a comparison may well be a Named where the other is a text. In what is judged every
// comparison is looked at. Elsewhere it would cost time in loops.
func mayBeNamed(x, y syntax.Expr) bool {
	return isNode(x) || isNode(y) || isText(x) && isVariable(y) || isVariable(x) && isText(y)
}

// isNode tells whether an expression is an attribute that is a node wherever events, messages and connections have it.
func isNode(e syntax.Expr) bool {
	dot, ok := unhidden(e).(*syntax.DotExpr)
	return ok && (dot.Name.Name == "node" || dot.Name.Name == "src" || dot.Name.Name == "dst")
}

// isText tells whether an expression is a text, or a list or tuple that begins with one.
func isText(e syntax.Expr) bool {
	items := leaves(unhidden(e))
	if len(items) == 0 {
		return false
	}
	literal, ok := items[0].(*syntax.Literal)
	return ok && literal.Token == syntax.STRING
}

// isNumeral tells whether an expression is a text that reads as a number, or a list or tuple that begins with one.
func isNumeral(e syntax.Expr) bool {
	if !isText(e) {
		return false
	}
	text, _ := leaves(unhidden(e))[0].(*syntax.Literal).Value.(string)
	return numeral(text)
}

// isVariable leaves out attributes: those that are texts are compared most often.
func isVariable(e syntax.Expr) bool {
	switch unhidden(e).(type) {
	case *syntax.Ident, *syntax.IndexExpr:
		return true
	}
	return false
}

// unhidden is an expression without the parentheses and hidden calls around it.
func unhidden(e syntax.Expr) syntax.Expr {
	switch x := e.(type) {
	case *syntax.ParenExpr:
		return unhidden(x.X)
	case *syntax.CallExpr:
		if isHidden(x) && len(x.Args) > 0 {
			return unhidden(x.Args[len(x.Args)-1])
		}
	}
	return e
}

// isHidden tells whether a call is one that no script can write.
func isHidden(x *syntax.CallExpr) bool {
	fn, ok := x.Fn.(*syntax.Ident)
	return ok && strings.HasPrefix(fn.Name, "$")
}

// judges tells whether a call is one that package load has rewritten: $note(k, x), or check($site(n), x).
func judges(x *syntax.CallExpr) bool {
	if len(x.Args) > 0 {
		if first, ok := x.Args[0].(*syntax.CallExpr); ok && isHidden(first) {
			return true
		}
	}
	return isHidden(x)
}
