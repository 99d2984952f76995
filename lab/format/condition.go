package format

import (
	"slices"
	"unicode/utf8"

	"go.starlark.net/syntax"
)

// bracketConditions puts conditions into parentheses that are a value among several: return a, (b if c else d).
// buildifier does not read them without.
func bracketConditions(tree *syntax.File, text []byte) []byte {
	type insertion struct {
		at   int
		what string
	}
	var all []insertion
	lines := lineStarts(text)
	syntax.Walk(tree, func(n syntax.Node) bool {
		tuple, ok := n.(*syntax.TupleExpr)
		if !ok || tuple.Lparen.IsValid() {
			return true
		}
		for _, e := range tuple.List[1:] {
			if cond, ok := e.(*syntax.CondExpr); ok {
				start, _ := cond.Span()
				all = append(all, insertion{offset(text, lines, start), "("}, insertion{offset(text, lines, endOf(cond)), ")"})
			}
		}
		return true
	})
	slices.SortStableFunc(all, func(a, b insertion) int { return b.at - a.at })
	out := slices.Clone(text)
	for _, i := range all { // from the end, so that the places before stay right
		out = slices.Insert(out, i.at, []byte(i.what)...)
	}
	return out
}

// endOf is where an expression ends. The parser ends an index, which may be the last thing in it, before its bracket.
func endOf(e syntax.Expr) syntax.Position {
	_, end := e.Span()
	for last := e; last != nil; {
		switch x := last.(type) {
		case *syntax.CondExpr:
			last = x.False
		case *syntax.BinaryExpr:
			last = x.Y
		case *syntax.UnaryExpr:
			last = x.X
		case *syntax.LambdaExpr:
			last = x.Body
		case *syntax.IndexExpr:
			end.Col++
			return end
		default:
			return end
		}
	}
	return end
}

// lineStarts are the places at which lines begin.
func lineStarts(text []byte) []int {
	starts := []int{0}
	for i, b := range text {
		if b == '\n' {
			starts = append(starts, i+1)
		}
	}
	return starts
}

// offset is the place of a position, whose columns count characters, in bytes.
func offset(text []byte, lines []int, p syntax.Position) int {
	at := lines[min(int(p.Line), len(lines))-1]
	for range p.Col - 1 {
		_, size := utf8.DecodeRune(text[at:])
		at += size
	}
	return at
}
