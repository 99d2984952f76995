package load

import (
	"strings"
	"unicode/utf8"

	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// sourceLine is one line of a file, its newline included.
type sourceLine struct {
	text     string
	starts   []int32 // where each character begins, when not every one is a byte; made when it is first asked for
	measured bool
}

// offset turns a column, which counts characters from 1, into an offset in bytes.
func (l *sourceLine) offset(col int32) int {
	if !l.measured {
		l.measured = true
		if utf8.RuneCountInString(l.text) < len(l.text) {
			for at := range l.text {
				l.starts = append(l.starts, int32(at))
			}
		}
	}
	at := int(max(col-1, 0))
	switch {
	case l.starts == nil:
		return min(at, len(l.text))
	case at < len(l.starts):
		return int(l.starts[at])
	}
	return len(l.text)
}

// maxText bounds the source that is shown of one expression.
const maxText = 300

// text is the source of an expression, on one line.
func (w *rewriter) text(e syntax.Expr) string {
	start, end := syntax.Start(e), endOf(e)
	if int(end.Line) > len(w.lines) || start.Line < 1 || end.Line < start.Line {
		return ""
	}
	var b strings.Builder
	for n := start.Line; n <= end.Line && b.Len() < 4*maxText; n++ {
		line := &w.lines[n-1]
		from, to := 0, len(line.text)
		if n == start.Line {
			from = line.offset(start.Col)
		}
		if n == end.Line {
			to = line.offset(end.Col)
		}
		if from < to {
			b.WriteString(line.text[from:min(to, from+4*maxText)])
		}
	}
	return trouble.Shorten(strings.Join(strings.Fields(b.String()), " "), maxText)
}

// endOf is where an expression ends. The parser's own Span stops one short of the closing bracket of an index, a slice
// and a tuple.
func endOf(e syntax.Expr) syntax.Position {
	switch e := e.(type) {
	case *syntax.IndexExpr:
		return past(e.Rbrack)
	case *syntax.SliceExpr:
		return past(e.Rbrack)
	case *syntax.TupleExpr:
		if e.Lparen.IsValid() {
			return past(e.Rparen)
		}
		return endOf(e.List[len(e.List)-1])
	case *syntax.BinaryExpr:
		return endOf(e.Y)
	case *syntax.UnaryExpr:
		if e.X != nil {
			return endOf(e.X)
		}
	case *syntax.CondExpr:
		return endOf(e.False)
	case *syntax.LambdaExpr:
		return endOf(e.Body)
	}
	return syntax.End(e)
}

func past(p syntax.Position) syntax.Position {
	p.Col++
	return p
}
