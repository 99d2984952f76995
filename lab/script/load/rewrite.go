package load

import (
	"strings"

	"go.starlark.net/resolve"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// Names that no script can write, by which rewritten code reaches what its thread has observed (observed.go of package script).
const (
	SiteWord  = "$site"  // $site(n): what follows belongs to site n; forgets its old notes
	NoteWord  = "$note"  // $note(k, v) is v, and notes it
	ProbeWord = "$probe" // $probe($site(n), v) is v: the body of a lambda that is polled
	EachWord  = "$each"  // $each(n, variables..., v) is v: the condition of an item, whose first parts the variables are
	// UnusedWord is called as $unused(source, v) with the value of a statement that does nothing else than to have a value.
	// The source is "" if some values do something there.
	UnusedWord = "$unused"
	// NeverWord is called as $never(name, text, x) where x.name is compared with a text that nodes and labs never have
	// there. It is x.
	NeverWord = "$never"
)

// Site is one expression that is judged: the condition of a check, or the body of a polled lambda.
type Site struct {
	Pos         trouble.Position
	Source      string // of the whole call, on one line
	First, Last int    // its parts are parts[first:last]
	Condition   *Clause
	Checks      bool               // of a check or an expect
	Within      []trouble.Position // of the functions around
	// Of the Eaches those from FirstEach to LastEach, without that one, are its own.
	FirstEach, LastEach int
}

// Part is an expression whose value is noted when it is evaluated.
type Part struct {
	Text   string // its source
	Hidden bool   // a failure does not show it: it only says which node has answered
	Early  bool   // a call comes after it in the same condition, which may change a list
}

// Sites knows all judged expressions of a File.
type Sites struct {
	All    []Site
	Parts  []Part
	Eaches []*Each
	Calls  map[trouble.Position]string
	// messages tells that somewhere a word .messages stands.
	messages bool
}

// rewrite instruments a file. Positions stay those of the source, so that tracebacks and errors do not change.
func (s *Sites) rewrite(tree *syntax.File, source string) {
	if s.Calls == nil {
		s.Calls = map[trouble.Position]string{}
	}
	w := &rewriter{Sites: s}
	for line := range strings.Lines(source) {
		w.lines = append(w.lines, sourceLine{text: line})
	}
	syntax.Walk(tree, func(n syntax.Node) bool {
		if e, ok := n.(*syntax.BinaryExpr); ok {
			w.never(e)
		}
		return true
	})
	syntax.Walk(tree, func(n syntax.Node) bool {
		w.enter(n)
		switch n := n.(type) {
		case *syntax.CallExpr:
			w.call(n)
		case *syntax.ExprStmt:
			w.unused(n)
		case *syntax.DotExpr:
			s.messages = s.messages || n.Name.Name == "messages"
		}
		return true
	})
}

type rewriter struct {
	*Sites
	lines []sourceLine
	first int // the first part of the site that is being rewritten

	around []syntax.Node // what the walk is inside of
}

// enter follows the walk into a node, and with nil out of the last one.
func (w *rewriter) enter(n syntax.Node) {
	if n == nil {
		w.around = w.around[:len(w.around)-1]
		return
	}
	w.around = append(w.around, n)
}

// functions are the places of those that the walk is inside of.
func (w *rewriter) functions() (places []trouble.Position) {
	for _, n := range w.around {
		switch n := n.(type) {
		case *syntax.DefStmt:
			places = append(places, PositionOf(n.Def))
		case *syntax.LambdaExpr:
			places = append(places, PositionOf(n.Lambda))
		}
	}
	return places
}

// maxParts bounds the parts of one site. Nobody reads more, and expressions that a program has written may be huge.
const maxParts = 50

func (w *rewriter) call(call *syntax.CallExpr) {
	switch fn := call.Fn.(type) {
	case *syntax.Ident:
		b := bindingOf(fn) // a function of the author's own may have the name
		if (fn.Name == "check" || fn.Name == "expect") && b != nil && b.Scope == resolve.Predeclared {
			w.check(call)
		}
	case *syntax.DotExpr:
		switch fn.Name.Name {
		case "eventually", "always":
			w.Calls[PositionOf(call.Lparen)] = w.text(call)
			w.polled(call)
		case "spawn":
			if spawnsPoll(call) {
				w.polled(call)
			}
		case "wait", "join", "next":
			w.Calls[PositionOf(call.Lparen)] = w.text(call)
		}
	}
}

// check turns check(cond, ...) into check($site(n), cond', ...).
func (w *rewriter) check(call *syntax.CallExpr) {
	for i, arg := range call.Args {
		cond, named := argument(arg, "cond")
		if cond == nil || !named && i > 0 {
			continue
		}
		n := w.open(call)
		w.All[n].Checks = true
		cond = w.condition(n, cond)
		if named {
			arg.(*syntax.BinaryExpr).Y = cond
		} else {
			call.Args[i] = cond
		}
		call.Args = append([]syntax.Expr{w.invoke(SiteWord, call, literal(call, n))}, call.Args...)
		return
	}
}

// polled turns the bodies of the lambdas among the arguments into $probe($site(n), body').
func (w *rewriter) polled(call *syntax.CallExpr) {
	for _, arg := range call.Args {
		if value, _ := argument(arg, "fn"); value != nil {
			if fn, ok := value.(*syntax.LambdaExpr); ok {
				n := w.open(call)
				body := w.condition(n, fn.Body)
				fn.Body = w.invoke(ProbeWord, fn.Body, w.invoke(SiteWord, fn.Body, literal(fn.Body, n)), body)
			}
		}
	}
}

// spawnsPoll recognises lab.spawn(lab.always, lambda: ...).
func spawnsPoll(call *syntax.CallExpr) bool {
	if len(call.Args) == 0 {
		return false
	}
	fn, ok := call.Args[0].(*syntax.DotExpr)
	return ok && (fn.Name.Name == "always" || fn.Name.Name == "eventually")
}

// argument returns the expression of a positional argument or of the one with that name; nil for any other.
func argument(arg syntax.Expr, name string) (value syntax.Expr, named bool) {
	switch a := arg.(type) {
	case *syntax.BinaryExpr:
		if a.Op == syntax.EQ {
			if id, ok := a.X.(*syntax.Ident); ok && id.Name == name {
				return a.Y, true
			}
			return nil, true
		}
	case *syntax.UnaryExpr:
		if a.Op == syntax.STAR || a.Op == syntax.STARSTAR {
			return nil, false
		}
	}
	return arg, false
}

func (w *rewriter) open(call *syntax.CallExpr) int {
	w.first = len(w.Parts)
	w.All = append(w.All, Site{Pos: PositionOf(syntax.Start(call)), Source: w.text(call), Within: w.functions(), First: w.first, FirstEach: len(w.Eaches)})
	return len(w.All) - 1
}

// condition instruments what a site judges.
func (w *rewriter) condition(n int, e syntax.Expr) syntax.Expr {
	s := &w.All[n]
	e, s.Condition = w.judged(e, where{})
	s.Last, s.LastEach = len(w.Parts), len(w.Eaches)
	w.early(e)
	return e
}

// early marks the parts that a call comes after, in the order of evaluation.
func (w *rewriter) early(e syntax.Expr) {
	var around []syntax.Node
	var parts []int64
	syntax.Walk(e, func(n syntax.Node) bool {
		if n != nil {
			around = append(around, n)
			return true
		}
		n, around = around[len(around)-1], around[:len(around)-1]
		call, _ := n.(*syntax.CallExpr)
		if call == nil {
			return true
		}
		switch fn, _ := call.Fn.(*syntax.Ident); {
		case fn != nil && fn.Name == NoteWord:
			parts = append(parts, call.Args[0].(*syntax.Literal).Value.(int64))
		case fn == nil || fn.Name != EachWord:
			for _, k := range parts {
				w.Parts[k].Early = true
			}
			parts = nil
		}
		return true
	})
}

// valued instruments an expression whose value matters: it is noted as a whole, and so are its operands and arguments.
func (w *rewriter) valued(e syntax.Expr) syntax.Expr {
	if w.full() || constant(e) {
		return e
	}
	switch x := e.(type) {
	case *syntax.ParenExpr:
		x.X = w.valued(x.X)
		return x
	case *syntax.LambdaExpr:
		return e
	}
	note := w.note(e)
	w.descend(e)
	return note
}

func (w *rewriter) full() bool { return len(w.Parts)-w.first >= maxParts }

// note makes the value of an expression a part.
func (w *rewriter) note(e syntax.Expr) syntax.Expr {
	return w.part(e, false)
}

func (w *rewriter) part(e syntax.Expr, hidden bool) syntax.Expr {
	w.Parts = append(w.Parts, Part{Text: w.text(e), Hidden: hidden})
	return w.invoke(NoteWord, e, literal(e, len(w.Parts)-1), e)
}

// outcomes are words that only say whether: the value that has them also says why, so it is noted, too.
var outcomes = map[string]bool{"ok": true, "failed": true, "unknown": true, "violated": true, "errors": true}

// descend instruments what an expression is made of, without its own value: arguments, indices, operands.
func (w *rewriter) descend(e syntax.Expr) {
	switch e := e.(type) {
	case *syntax.BinaryExpr:
		if e.Op != syntax.AND && e.Op != syntax.OR {
			e.X, e.Y = w.valued(e.X), w.valued(e.Y)
		}
	case *syntax.DotExpr:
		if outcomes[e.Name.Name] {
			e.X = w.valued(e.X)
			return
		}
		w.descend(e.X)
		if !w.full() && !constant(e.X) {
			e.X = w.part(e.X, true)
		}
	case *syntax.IndexExpr:
		w.descend(e.X)
		e.Y = w.valued(e.Y)
	case *syntax.CallExpr:
		w.descend(e.Fn)
		if id, ok := e.Fn.(*syntax.Ident); ok && (id.Name == "check" || id.Name == "expect") {
			return // instrumented as a site of its own
		}
		for i, arg := range e.Args {
			switch a := arg.(type) {
			case *syntax.UnaryExpr:
				if a.Op == syntax.STAR || a.Op == syntax.STARSTAR {
					continue
				}
			case *syntax.BinaryExpr:
				if a.Op == syntax.EQ {
					a.Y = w.valued(a.Y)
					continue
				}
			}
			e.Args[i] = w.valued(arg)
		}
	}
}

// constant tells whether an expression has the same value each time, so that showing it would teach nothing.
func constant(e syntax.Expr) bool {
	switch e := e.(type) {
	case *syntax.Literal:
		return true
	case *syntax.Ident:
		return predeclared.Has(e.Name) || e.Name == "True" || e.Name == "False" || e.Name == "None"
	case *syntax.ParenExpr:
		return constant(e.X)
	case *syntax.UnaryExpr:
		return e.X != nil && constant(e.X)
	case *syntax.BinaryExpr:
		return constant(e.X) && constant(e.Y)
	case *syntax.ListExpr:
		return allConstant(e.List)
	case *syntax.TupleExpr:
		return allConstant(e.List)
	}
	return false
}

func allConstant(list []syntax.Expr) bool {
	for _, item := range list {
		if !constant(item) {
			return false
		}
	}
	return true
}

// invoke makes the call of a builtin at the place of another expression.
func (w *rewriter) invoke(name string, at syntax.Expr, args ...syntax.Expr) syntax.Expr {
	start, end := syntax.Start(at), endOf(at)
	end.Col--
	return &syntax.CallExpr{
		Fn: &syntax.Ident{NamePos: start, Name: name}, Lparen: start, Args: args, Rparen: end,
	}
}

func literal(at syntax.Expr, n int) syntax.Expr {
	return &syntax.Literal{Token: syntax.INT, TokenPos: syntax.Start(at), Value: int64(n)}
}
