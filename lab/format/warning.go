package format

import (
	"fmt"
	"slices"

	"github.com/netlab-dev/netlab/lab/script/load"
	"go.starlark.net/syntax"
)

// Warning is something legal that is rarely meant.
type Warning struct {
	Place syntax.Position
	Text  string
	Hint  string
}

// Warnings names the functions that are made in a loop to be called after it, and use its variable: they all see the
// value that it had last. The error is that of load.Parse.
func Warnings(file string, text []byte) ([]Warning, error) {
	tree, err := load.Parse(file, text)
	if err != nil {
		return nil, err
	}
	var all []Warning
	var path []syntax.Node // from the file to the node
	syntax.Walk(tree, func(n syntax.Node) bool {
		if n == nil {
			path = path[:len(path)-1]
			return true
		}
		path = append(path, n)
		if lambda, ok := n.(*syntax.LambdaExpr); ok && escapes(path) {
			for _, name := range loopVariables(path) {
				if uses(lambda, name) {
					all = append(all, warning(lambda, name))
				}
			}
		}
		return true
	})
	return all, nil
}

func warning(lambda *syntax.LambdaExpr, name string) Warning {
	return Warning{
		Place: lambda.Lambda,
		Text:  fmt.Sprintf("this lambda is called after the loop has gone on, and then sees the last %s", name),
		Hint: fmt.Sprintf("give it the present one: lambda %s = %[1]s: ..., or pass it as an argument: lab.spawn(fn, %[1]s)",
			name),
	}
}

// keepers are methods that keep a function for later.
var keepers = []string{"spawn", "after", "append", "insert", "setdefault"}

// escapes tells whether the lambda at the end of the path is kept, as opposed to being called at once by what it is
// given to, such as lab.eventually.
func escapes(path []syntax.Node) bool {
	for i := len(path) - 2; i >= 0; i-- {
		child := path[i+1]
		switch parent := path[i].(type) {
		case *syntax.ParenExpr, *syntax.ListExpr, *syntax.TupleExpr, *syntax.DictExpr, *syntax.DictEntry, *syntax.CondExpr:
		case *syntax.BinaryExpr: // fn = lambda: ... in a call is one
		case *syntax.Comprehension:
			return parent.Body == child
		case *syntax.CallExpr:
			method, ok := parent.Fn.(*syntax.DotExpr)
			return ok && parent.Fn != child && slices.Contains(keepers, method.Name.Name)
		case *syntax.AssignStmt: // into a list, dict or struct: a plain name is bound anew each time round
			_, plain := parent.LHS.(*syntax.Ident)
			return !plain && parent.RHS == child
		default:
			return false
		}
	}
	return false
}

// loopVariables are those of the loops around the lambda at the end of the path, up to the function that it is in.
func loopVariables(path []syntax.Node) []string {
	var names []string
	for i := len(path) - 2; i >= 0; i-- {
		switch loop := path[i].(type) {
		case *syntax.DefStmt, *syntax.LambdaExpr:
			return names
		case *syntax.ForStmt:
			names = append(names, targets(loop.Vars)...)
		case *syntax.Comprehension:
			for _, clause := range loop.Clauses {
				if f, ok := clause.(*syntax.ForClause); ok {
					names = append(names, targets(f.Vars)...)
				}
			}
		}
	}
	return names
}

// targets are the names that an assignment to the expression binds.
func targets(e syntax.Expr) []string {
	var names []string
	syntax.Walk(e, func(n syntax.Node) bool {
		if id, ok := n.(*syntax.Ident); ok {
			names = append(names, id.Name)
		}
		return true
	})
	return names
}

// uses tells whether the body of the lambda takes the name from outside.
func uses(lambda *syntax.LambdaExpr, name string) bool {
	for _, p := range lambda.Params {
		if slices.Contains(targets(parameter(p)), name) {
			return false
		}
	}
	used, bound := false, false
	syntax.Walk(lambda.Body, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Ident:
			used = used || n.Name == name
		case *syntax.DotExpr:
			used = used || uses(&syntax.LambdaExpr{Body: n.X}, name)
			return false // what follows the dot is no variable
		case *syntax.BinaryExpr:
			if n.Op == syntax.EQ { // a keyword and its argument
				used = used || uses(&syntax.LambdaExpr{Body: n.Y}, name)
				return false
			}
		case *syntax.ForClause:
			bound = bound || slices.Contains(targets(n.Vars), name)
		case *syntax.LambdaExpr:
			used = used || uses(n, name)
			return false
		}
		return true
	})
	return used && !bound
}

// parameter is the name of a parameter, without its default.
func parameter(p syntax.Expr) syntax.Expr {
	switch p := p.(type) {
	case *syntax.BinaryExpr:
		return p.X
	case *syntax.UnaryExpr:
		if p.X != nil {
			return p.X
		}
		return &syntax.Ident{}
	}
	return p
}
