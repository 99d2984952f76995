// Package format writes scripts in one style. The printer is that of buildifier, the formatter of the Starlark world.
// What the language takes and buildifier does not (tabs, bytes, characters beyond ASCII, not not x) is written for it in
// another way, and put back. Three things more are ours: a number and its unit stay together (20*ms), a comment behind
// code keeps its column where it has room, and a result that would mean something else than the source is refused.
//
// Format does not judge a script. Warnings names what is legal and rarely meant.
package format

import (
	"bytes"
	"fmt"

	"github.com/bazelbuild/buildtools/build"
	"github.com/netlab-dev/netlab/lab/script/load"
	"go.starlark.net/syntax"
)

// Format returns the text of a script in the one style; formatted text comes back as it is. file is for messages.
// The error of a text that is no script is *script.Error, with its place.
func Format(file string, text []byte) ([]byte, error) {
	text, err := load.Text(file, text)
	if err != nil {
		return nil, err
	}
	source, err := load.Parse(file, text)
	if err != nil {
		return nil, err
	}
	// A comment that buildifier has moved may make it break a line the next time: what comes back as it is is formatted.
	for range 5 {
		printed, err := format(file, text)
		if err != nil {
			return nil, err
		}
		after, err := load.Parse(file, printed)
		if err != nil {
			return nil, fmt.Errorf("%s: cannot be formatted: the result would not be a script: %v", file, err)
		}
		if place, same := compare(source, after); !same {
			return nil, fmt.Errorf("%s: cannot be formatted: the result would mean something else", place)
		}
		if bytes.Equal(printed, text) {
			return printed, nil
		}
		text = printed
	}
	return nil, fmt.Errorf("%s: cannot be formatted: the result would change each time", file)
}

// format formats once.
func format(file string, text []byte) ([]byte, error) {
	text = plain(text)
	tree, err := load.Parse(file, text)
	if err != nil {
		return nil, err
	}
	printed, err := print(file, bracketConditions(tree, text))
	if err != nil {
		return nil, err
	}
	return dropBlankLines(tree, text, alignComments(text, printed)), nil
}

// print is the work of buildifier. It is made for files that are written by hand, and may panic on others.
func print(file string, text []byte) (printed []byte, err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("%s: cannot be formatted: %v", file, reason)
		}
	}()
	tree, err := build.ParseDefault(file, hideLiterals(text))
	if err != nil {
		return nil, fmt.Errorf("%w; lab run takes it, lab fmt does not", err)
	}
	build.WalkPointers(tree, func(x *build.Expr, _ []build.Expr) {
		tighten(x)
		joinNots(*x)
	})
	if printed, err = restoreLiterals(text, build.FormatWithoutRewriting(tree)); err != nil {
		return nil, fmt.Errorf("%s: cannot be formatted: %w", file, err)
	}
	return printed, nil
}

var units = map[string]bool{
	"us": true, "ms": true, "s": true, "minute": true, "hour": true,
	"bit": true, "kbit": true, "mbit": true, "gbit": true, "KiB": true, "MiB": true,
}

// tighten makes one token of a quantity, a number times a unit, also of the last one in a product: times * 2*s.
func tighten(x *build.Expr) {
	product, ok := (*x).(*build.BinaryExpr)
	if !ok || product.Op != "*" || product.LineBreak {
		return
	}
	unit, ok := product.Y.(*build.Ident)
	if !ok || !units[unit.Name] {
		return
	}
	factor, rest := product.X, (*build.BinaryExpr)(nil)
	if inner, ok := factor.(*build.BinaryExpr); ok && inner.Op == "*" && !inner.LineBreak {
		factor, rest = inner.Y, inner
	}
	quantity := quantityOf(factor, unit.Name)
	if quantity == nil {
		return
	}
	take(quantity, factor, unit)
	if rest == nil {
		take(quantity, product)
		*x = quantity
		return
	}
	rest.Y = quantity
	take(rest, product)
	*x = rest
}

// quantityOf is a number, perhaps with a sign, and its unit; nil when the factor is no number.
func quantityOf(factor build.Expr, unit string) *build.LiteralExpr {
	sign := ""
	if minus, ok := factor.(*build.UnaryExpr); ok && minus.Op == "-" {
		sign, factor = "-", minus.X
	}
	number, ok := factor.(*build.LiteralExpr)
	if !ok {
		return nil
	}
	return &build.LiteralExpr{Start: number.Start, Token: sign + number.Token + "*" + unit}
}

// take hands over the comments of expressions that one takes the place of.
func take(to build.Expr, from ...build.Expr) {
	all := to.Comment()
	for _, e := range from {
		c := e.Comment()
		all.Before = append(all.Before, c.Before...)
		all.Suffix = append(all.Suffix, c.Suffix...)
		all.After = append(all.After, c.After...)
		if minus, ok := e.(*build.UnaryExpr); ok {
			take(to, minus.X)
		}
	}
}

// compare tells whether two trees mean the same; if not, where the first one differs.
func compare(a, b *syntax.File) (place syntax.Position, same bool) {
	first, second := outline(a), outline(b)
	for i, n := range first {
		if i >= len(second) || n.text != second[i].text {
			return n.at, false
		}
	}
	return syntax.Position{}, len(first) == len(second)
}

// element is a node of a tree, or the end of one.
type element struct {
	text string
	at   syntax.Position
}

// outline is all that gives a tree its meaning, in order. Parentheses have none of their own: the tree has it.
func outline(tree *syntax.File) []element {
	var all []element
	var brackets []bool // whether the open nodes are parentheses
	syntax.Walk(tree, func(n syntax.Node) bool {
		if n == nil {
			if !brackets[len(brackets)-1] {
				all = append(all, element{text: "end"})
			}
			brackets = brackets[:len(brackets)-1]
			return true
		}
		_, bracket := n.(*syntax.ParenExpr)
		brackets = append(brackets, bracket)
		if !bracket {
			start, _ := n.Span()
			all = append(all, element{meaning(n), start})
		}
		return true
	})
	return all
}

// meaning is what a node says beside what is below it.
func meaning(n syntax.Node) string {
	kind := fmt.Sprintf("%T ", n)
	switch n := n.(type) {
	case *syntax.Ident:
		return kind + n.Name
	case *syntax.Literal:
		return kind + fmt.Sprint(n.Token, n.Value)
	case *syntax.BinaryExpr:
		return kind + n.Op.String()
	case *syntax.UnaryExpr:
		return kind + n.Op.String()
	case *syntax.AssignStmt:
		return kind + n.Op.String()
	case *syntax.BranchStmt:
		return kind + n.Token.String()
	case *syntax.Comprehension:
		return kind + fmt.Sprint(n.Curly)
	}
	return kind
}
