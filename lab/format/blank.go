package format

import (
	"bytes"

	"github.com/netlab-dev/netlab/lab/script/load"
	"go.starlark.net/syntax"
)

// dropBlankLines takes out the blank lines before statements that have none in the source, but for those that set the
// functions of a file apart: a printer that knows no more than the end of one statement and the beginning of the next
// separates them by one wherever a comment stands between.
func dropBlankLines(tree *syntax.File, source, printed []byte) []byte {
	after, err := load.Parse(tree.Path, printed)
	if err != nil {
		return printed // the caller says so
	}
	was, is := statements(tree), statements(after)
	if len(was) != len(is) {
		return printed
	}
	sourceLines, lines := bytes.SplitAfter(source, []byte("\n")), bytes.SplitAfter(printed, []byte("\n"))
	for i := range is {
		if is[i].apart || len(blankAbove(sourceLines, was[i].line)) > 0 {
			continue
		}
		for _, blank := range blankAbove(lines, is[i].line) {
			lines[blank] = nil
		}
	}
	return bytes.Join(lines, nil)
}

// place is where a statement begins.
type place struct {
	line  int  // from 0
	apart bool // a function at top level, or what follows one
}

// statements are those of a file, in order, with those inside of others.
func statements(tree *syntax.File) []place {
	var all []place
	depth := 0
	afterDef := false
	syntax.Walk(tree, func(n syntax.Node) bool {
		stmt, ok := n.(syntax.Stmt)
		switch {
		case n == nil:
			depth--
			return true
		case ok:
			_, isDef := n.(*syntax.DefStmt)
			start, _ := stmt.Span()
			top := depth == 1 // below the file
			all = append(all, place{line: int(start.Line) - 1, apart: top && len(all) > 0 && (isDef || afterDef)})
			if top {
				afterDef = isDef
			}
		}
		depth++
		return true
	})
	return all
}

// blankAbove returns the blank lines between the line, with the comments above it, and the code before them.
func blankAbove(lines [][]byte, line int) []int {
	var blank []int
	for i := line - 1; i >= 0; i-- {
		text := bytes.TrimSpace(lines[i])
		switch {
		case len(text) == 0 && lines[i] != nil:
			blank = append(blank, i)
		case len(text) > 0 && text[0] != '#':
			return blank
		}
	}
	return blank
}
