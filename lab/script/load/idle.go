package load

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.starlark.net/resolve"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/spell"
)

// refuseIdle returns an error for what a file says and what has no meaning: a condition that nobody looks at, and a
// condition that is always true. The tree must be resolved.
func refuseIdle(tree *syntax.File) (err error) {
	refuse := func(at syntax.Node, hint, format string, args ...any) {
		if err == nil {
			err = &trouble.Error{Pos: PositionOf(syntax.Start(at)), Text: fmt.Sprintf(format, args...), Hint: hint}
		}
	}
	syntax.Walk(tree, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.ExprStmt:
			if what, hint := idle(n.X); what != "" {
				refuse(n, hint, "the result of %s is not used", what)
			}
		case *syntax.CallExpr:
			refuseJudging(n, refuse)
			if name := assigned(n); name != "" {
				refuse(n.Args[0], "to compare, write check(a == b)", "check has no argument %q", name)
			}
			for _, cond := range conditions(n) {
				if text := always(cond); text != "" {
					refuse(cond, "check(cond, message)", "the condition is %s, which is always true", text)
				}
				refuseOr(cond, refuse)
			}
		case *syntax.BinaryExpr:
			refuseEither(n, refuse)
			refuseNone(n, refuse)
		case *syntax.IfStmt:
			refuseOr(n.Cond, refuse)
		case *syntax.CondExpr:
			refuseOr(n.Cond, refuse)
		}
		return err == nil
	})
	return err
}

// assigned is the name that check(a = b) gives an argument instead of comparing; "" of any other call.
func assigned(call *syntax.CallExpr) string {
	fn, ok := call.Fn.(*syntax.Ident)
	if !ok || fn.Name != "check" && fn.Name != "expect" || len(call.Args) == 0 {
		return ""
	}
	if b := bindingOf(fn); b == nil || b.Scope != resolve.Predeclared {
		return ""
	}
	arg, ok := call.Args[0].(*syntax.BinaryExpr)
	if !ok || arg.Op != syntax.EQ {
		return ""
	}
	if name := arg.X.(*syntax.Ident).Name; spell.Nearest(name, arguments) == "" && !slices.Contains(arguments, name) {
		return name
	}
	return ""
}

// arguments are those of check and expect.
var arguments = []string{"cond", "message"}

// conditions are what a call judges: the condition of a check, or the body of a lambda that is polled.
func conditions(call *syntax.CallExpr) (all []syntax.Expr) {
	name := ""
	switch fn := call.Fn.(type) {
	case *syntax.Ident:
		if b := bindingOf(fn); b != nil && b.Scope == resolve.Predeclared && (fn.Name == "check" || fn.Name == "expect") {
			name = "cond"
		}
	case *syntax.DotExpr:
		if fn.Name.Name == "eventually" || fn.Name.Name == "always" {
			name = "fn"
		}
	}
	for i, arg := range call.Args {
		value, named := argument(arg, name)
		if name == "" || value == nil || i > 0 && !named {
			continue
		}
		if fn, ok := value.(*syntax.LambdaExpr); ok {
			all = append(all, fn.Body)
		} else if name == "cond" {
			all = append(all, value)
		}
	}
	return all
}

// refuseJudging refuses a lambda that is polled and that only makes a check: it returns None, which is never true.
func refuseJudging(call *syntax.CallExpr, refuse func(at syntax.Node, hint, format string, args ...any)) {
	if _, polls := call.Fn.(*syntax.DotExpr); !polls {
		return
	}
	for _, body := range conditions(call) {
		inner, ok := body.(*syntax.CallExpr)
		if !ok || len(conditions(inner)) == 0 {
			continue
		}
		if fn, ok := inner.Fn.(*syntax.Ident); ok {
			refuse(body, "write lambda: x, not lambda: "+fn.Name+"(x)", "%s returns nothing, so the lambda is never true", fn.Name)
		}
	}
}

// refuseEither refuses x == (200 or 201), which is x == 200.
func refuseEither(e *syntax.BinaryExpr, refuse func(at syntax.Node, hint, format string, args ...any)) {
	switch e.Op {
	case syntax.EQL, syntax.NEQ, syntax.LT, syntax.LE, syntax.GT, syntax.GE:
	default:
		return
	}
	for _, side := range []syntax.Expr{e.X, e.Y} {
		if literals := eitherOf(side); len(literals) > 1 {
			either := strings.Join(literals, " or ")
			refuse(side, "x in ["+strings.Join(literals, ", ")+"]", "(%s) is one value before anything is compared with it", either)
		}
	}
}

// refuseNone refuses a list of the lab beside None, which it never is.
func refuseNone(e *syntax.BinaryExpr, refuse func(at syntax.Node, hint, format string, args ...any)) {
	none, ok := e.Y.(*syntax.Ident)
	call, calls := e.X.(*syntax.CallExpr)
	if e.Op != syntax.EQL && e.Op != syntax.NEQ || !ok || none.Name != "None" || !calls {
		return
	}
	dot, ok := call.Fn.(*syntax.DotExpr)
	if !ok {
		return
	}
	of, ok := dot.X.(*syntax.Ident)
	if !ok || of.Name != "lab" {
		return
	}
	switch dot.Name.Name {
	case "events", "messages", "connections":
		refuse(e, "it is true when it is not empty: check(lab."+dot.Name.Name+"(...))", "lab.%s is never None", dot.Name.Name)
	}
}

// eitherOf are the literals that or joins in an expression; none if there is something else in it.
func eitherOf(e syntax.Expr) []string {
	switch e := e.(type) {
	case *syntax.ParenExpr:
		return eitherOf(e.X)
	case *syntax.Literal:
		return []string{e.Raw}
	case *syntax.BinaryExpr:
		x, y := eitherOf(e.X), eitherOf(e.Y)
		if e.Op == syntax.OR && x != nil && y != nil {
			return append(x, y...)
		}
	}
	return nil
}

// refuseOr refuses a == b or "c", which is always true, wherever it stands in a condition.
func refuseOr(cond syntax.Expr, refuse func(at syntax.Node, hint, format string, args ...any)) {
	switch e := cond.(type) {
	case *syntax.ParenExpr:
		refuseOr(e.X, refuse)
	case *syntax.UnaryExpr:
		if e.Op == syntax.NOT {
			refuseOr(e.X, refuse)
		}
	case *syntax.BinaryExpr:
		if e.Op != syntax.AND && e.Op != syntax.OR {
			return
		}
		refuseOr(e.X, refuse)
		refuseOr(e.Y, refuse)
		if text := always(e.Y); text != "" && (e.Op == syntax.OR || endsInComparison(e.X)) {
			refuse(e.Y, `x in ["a", "b"], or x == "a" or x == "b"`, "the condition ends in %s, which is always true", text)
		}
	}
}

func endsInComparison(e syntax.Expr) bool {
	if x, ok := e.(*syntax.BinaryExpr); ok && (x.Op == syntax.AND || x.Op == syntax.OR) {
		return endsInComparison(x.Y)
	}
	_, is := comparison(e)
	return is
}

// verb is what a format replaces: %s, %(name)d.
var verb = regexp.MustCompile(`%(\([^)]*\))?.`)

// always says what an expression is that is true whenever it is evaluated: a text or a number. True itself says that it is
// meant.
func always(e syntax.Expr) string {
	switch e := e.(type) {
	case *syntax.ParenExpr:
		return always(e.X)
	case *syntax.BinaryExpr:
		format, ok := e.X.(*syntax.Literal)
		if !ok || e.Op != syntax.PERCENT || format.Token != syntax.STRING {
			return ""
		}
		if verb.ReplaceAllString(format.Value.(string), "") != "" { // what it formats may be ""
			return "a text"
		}
	case *syntax.Literal:
		switch value := e.Value.(type) {
		case string:
			if value != "" {
				return "a text"
			}
		case int64:
			if value != 0 {
				return "a number"
			}
		}
	}
	return ""
}

// closed are the attributes of nodes and of the lab that have few values.
var closed = map[string][]string{"state": {"running", "crashed", "paused"}, "engine": {"sim", "live"}}

// Closed are the values that an attribute of a node, or of the lab, can have.
func Closed(name string) []string { return closed[name] }

// never turns x.state == "runing" into $never("state", "runing", x).state == "runing".
func (w *rewriter) never(e *syntax.BinaryExpr) {
	switch e.Op {
	case syntax.EQL, syntax.NEQ, syntax.IN, syntax.NOT_IN:
	default:
		return
	}
	of, texts := e.X, e.Y
	if _, is := of.(*syntax.DotExpr); !is && e.Op != syntax.IN && e.Op != syntax.NOT_IN {
		of, texts = texts, of
	}
	dot, ok := of.(*syntax.DotExpr)
	if !ok || closed[dot.Name.Name] == nil {
		return
	}
	for _, item := range itemsOf(texts) {
		text, ok := item.(*syntax.Literal)
		if !ok || text.Token != syntax.STRING || slices.Contains(closed[dot.Name.Name], text.Value.(string)) {
			continue
		}
		name := &syntax.Literal{Token: syntax.STRING, TokenPos: syntax.Start(dot.X), Value: dot.Name.Name}
		dot.X = w.invoke(NeverWord, dot.X, name, text, dot.X)
		return
	}
}

// itemsOf are the expressions that a list or a tuple is made of, or the expression itself.
func itemsOf(e syntax.Expr) []syntax.Expr {
	switch e := e.(type) {
	case *syntax.ParenExpr:
		return itemsOf(e.X)
	case *syntax.ListExpr:
		return e.List
	case *syntax.TupleExpr:
		return e.List
	}
	return []syntax.Expr{e}
}
