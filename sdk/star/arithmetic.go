package star

import (
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// A key that reads fields and does arithmetic, as in min(backends, key = lambda b: b.inflight / b.weight), is evaluated in
// this file: of what the interpreter takes for it most is the call. Only what succeeds with ints of 64 bits, floats and
// durations is; everything else goes the usual way from the start, so that results, errors and counts of steps are the
// interpreter's own.

// arithmetic is an expression of one parameter, in postfix order.
type arithmetic struct {
	terms []term
	steps atomic.Uint64 // that the interpreter takes for an item, 0 until that is known
}

// term puts a value on the stack, or an operator in the place of its operands.
type term struct {
	op       syntax.Token // DOT reads a field, IDENT is the parameter, INT a constant, LOAD another name, NOT a negation
	field    string
	constant num
	other    int
}

// num is an int, a float or a duration.
type num struct {
	kind numKind
	n    int64   // of an int or a duration
	f    float64 // of a float
}

type numKind uint8

const (
	intKind numKind = iota
	floatKind
	durationKind
)

// maxStack bounds what an expression holds at a time, maxOthers what it reads besides its parameter.
const (
	maxStack  = 8
	maxOthers = 4
)

// arithmetics are the expressions of all guarded files by their text.
var arithmetics sync.Map // string to *arithmetic

// arithmeticKey is the hidden arguments of a call whose key is for this file: its text, and the other names in it.
func (g *guarding) arithmeticKey(args []syntax.Expr, at syntax.Position) (more []syntax.Expr) {
	if len(args) != 2 || spread(args[0]) {
		return nil
	}
	key, ok := args[1].(*syntax.BinaryExpr)
	if !ok || key.Op != syntax.EQ || key.X.(*syntax.Ident).Name != "key" {
		return nil
	}
	fn, ok := key.Y.(*syntax.LambdaExpr)
	if !ok || len(fn.Params) != 1 {
		return nil
	}
	param, ok := fn.Params[0].(*syntax.Ident)
	if !ok {
		return nil
	}
	w := &arithmeticWriter{guarding: g, param: param.Name}
	if !w.expr(fn.Body, 1) {
		return nil
	}
	text := strings.Join(w.text, " ")
	arithmetics.LoadOrStore(text, &arithmetic{terms: w.terms})
	more = []syntax.Expr{hidden(arithmeticPrefix, at, &syntax.Literal{Token: syntax.STRING, TokenPos: at, Raw: text, Value: text})}
	for i, name := range w.others {
		more = append(more, hidden(arithmeticPrefix+strconv.Itoa(i), at, &syntax.Ident{NamePos: at, Name: name}))
	}
	return more
}

// hidden is a named argument that no script can write.
func hidden(name string, at syntax.Position, value syntax.Expr) syntax.Expr {
	return &syntax.BinaryExpr{X: &syntax.Ident{NamePos: at, Name: name}, OpPos: at, Op: syntax.EQ, Y: value}
}

// arithmeticWriter writes an expression down.
type arithmeticWriter struct {
	*guarding
	param  string
	others []string
	terms  []term
	text   []string
}

func (w *arithmeticWriter) add(t term, text string) bool {
	w.terms, w.text = append(w.terms, t), append(w.text, text)
	return true
}

// expr writes an expression that will be at a depth of the stack, and reports whether it is arithmetic.
func (w *arithmeticWriter) expr(e syntax.Expr, depth int) bool {
	if depth > maxStack {
		return false
	}
	switch e := e.(type) {
	case *syntax.ParenExpr:
		return w.expr(e.X, depth)
	case *syntax.Literal:
		return w.literal(e)
	case *syntax.Ident:
		return w.ident(e)
	case *syntax.DotExpr:
		param, ok := e.X.(*syntax.Ident)
		return ok && param.Name == w.param && guardedMethods[e.Name.Name] == nil &&
			w.add(term{op: syntax.DOT, field: e.Name.Name}, "."+e.Name.Name)
	case *syntax.UnaryExpr:
		return e.Op == syntax.MINUS && w.expr(e.X, depth) && w.add(term{op: syntax.NOT}, "neg")
	case *syntax.BinaryExpr:
		switch e.Op {
		case syntax.PLUS, syntax.MINUS, syntax.STAR, syntax.SLASH, syntax.SLASHSLASH, syntax.PERCENT:
			return w.expr(e.X, depth) && w.expr(e.Y, depth+1) && w.operator(e.Op)
		}
	}
	return false
}

// operator writes an operator, or what it makes of two constants.
func (w *arithmeticWriter) operator(op syntax.Token) bool {
	w.text = append(w.text, op.String())
	n := len(w.terms)
	x, y := w.terms[n-2], w.terms[n-1]
	if x.op == syntax.INT && y.op == syntax.INT && x.constant.operate(op, &y.constant) {
		w.terms = append(w.terms[:n-2], x)
	} else {
		w.terms = append(w.terms, term{op: op})
	}
	return true
}

func (w *arithmeticWriter) literal(e *syntax.Literal) bool {
	switch v := e.Value.(type) {
	case int64:
		return w.constant(num{n: v}, strconv.FormatInt(v, 10))
	case float64:
		return w.constant(num{kind: floatKind, f: v}, strconv.FormatFloat(v, 'g', -1, 64)+"f")
	}
	return false
}

// ident writes the parameter or a unit.
func (w *arithmeticWriter) ident(e *syntax.Ident) bool {
	if e.Name == w.param {
		return w.add(term{op: syntax.IDENT}, "x")
	}
	if unit, ok := numOf(durationUnits[e.Name]); ok && w.bound[e.Name] == 0 {
		return w.constant(unit, e.Name)
	}
	i := slices.Index(w.others, e.Name)
	if i < 0 {
		i = len(w.others)
		w.others = append(w.others, e.Name)
	}
	return i < maxOthers && w.surely(e.Name) && w.add(term{op: syntax.LOAD, other: i}, "$"+strconv.Itoa(i))
}

func (w *arithmeticWriter) constant(n num, text string) bool {
	return w.add(term{op: syntax.INT, constant: n}, text)
}

func numOf(v starlark.Value) (num, bool) {
	switch v := v.(type) {
	case starlark.Int:
		n, ok := v.Int64()
		return num{n: n}, ok
	case starlark.Float:
		return num{kind: floatKind, f: float64(v)}, true
	case Duration:
		return num{kind: durationKind, n: int64(v)}, true
	}
	return num{}, false
}

// Numbers is a value of which whole numbers can be read without a Value for each, as they are read most often.
type Numbers interface {
	starlark.HasAttrs
	// Number returns the field that Attr does, when it is an int or a Duration.
	Number(field string) (n int64, duration, ok bool)
}

// of evaluates the expression for one value and the other names, and reports whether that is on the stack.
func (a *arithmetic) of(x starlark.Value, others *[maxOthers]num, stack *[maxStack]num) (ok bool) {
	numbers, _ := x.(Numbers)
	top := -1
	for i := range a.terms {
		ok = true
		switch t := &a.terms[i]; t.op {
		case syntax.DOT:
			top++
			ok = stack[top].field(x, numbers, t.field)
		case syntax.IDENT:
			top++
			stack[top], ok = numOf(x)
		case syntax.INT:
			top++
			stack[top] = t.constant
		case syntax.LOAD:
			top++
			stack[top] = others[t.other]
		case syntax.NOT:
			ok = stack[top].negate()
		default:
			top--
			ok = stack[top].operate(t.op, &stack[top+1])
		}
		if !ok {
			return false
		}
	}
	return true
}

// field reads a field of a value.
func (x *num) field(of starlark.Value, numbers Numbers, name string) (ok bool) {
	if numbers != nil {
		n, duration, ok := numbers.Number(name)
		if ok {
			*x = num{n: n}
			if duration {
				x.kind = durationKind
			}
			return true
		}
	}
	fields, ok := of.(starlark.HasAttrs)
	if !ok {
		return false
	}
	v, err := fields.Attr(name)
	if v == nil || err != nil {
		return false
	}
	*x, ok = numOf(v)
	return ok
}

func (x *num) negate() bool {
	x.n, x.f = -x.n, -x.f
	return x.kind == floatKind || x.n != math.MinInt64
}

// operate is x = x op y as starlark.Binary does it; where that fails it only says so.
func (x *num) operate(op syntax.Token, y *num) bool {
	switch {
	case x.kind == y.kind && x.kind != floatKind:
		return x.withAlike(op, y.n)
	case x.kind != durationKind && y.kind != durationKind:
		return x.withFloat(op, y.float())
	case op == syntax.STAR, op == syntax.SLASH && x.kind == durationKind:
		return x.scale(op, y)
	}
	return false
}

func (x *num) float() float64 {
	if x.kind == floatKind {
		return x.f
	}
	return float64(x.n)
}

// withAlike is for two ints, or two durations.
func (x *num) withAlike(op syntax.Token, y int64) (ok bool) {
	before := x.n
	switch op {
	case syntax.PLUS:
		x.n += y
		return (x.n > before) == (y > 0)
	case syntax.MINUS:
		x.n -= y
		return (x.n < before) == (y > 0)
	case syntax.STAR:
		x.n, ok = multiply(x.n, y)
		return ok && x.kind == intKind
	}
	if y == 0 || y == -1 { // which may overflow
		return false
	}
	switch op {
	case syntax.SLASH:
		*x = num{kind: floatKind, f: float64(x.n) / float64(y)}
	case syntax.SLASHSLASH:
		*x = num{n: floorDiv(x.n, y)}
	default: // PERCENT
		x.n -= floorDiv(x.n, y) * y
	}
	return true
}

func multiply(x, y int64) (product int64, ok bool) {
	high, low := bits.Mul64(magnitude(x), magnitude(y))
	return x * y, high == 0 && low <= math.MaxInt64
}

func magnitude(x int64) uint64 {
	if x < 0 {
		return -uint64(x)
	}
	return uint64(x)
}

// withFloat is for two numbers of which at least one is a float.
func (x *num) withFloat(op syntax.Token, y float64) bool {
	x.kind, x.f = floatKind, x.float()
	switch op {
	case syntax.PLUS:
		x.f += y
		return true
	case syntax.MINUS:
		x.f -= y
		return true
	case syntax.STAR:
		x.f *= y
		return true
	case syntax.SLASH:
		x.f /= y
	case syntax.SLASHSLASH:
		x.f = math.Floor(x.f / y)
	case syntax.PERCENT:
		x.f = float64(starlark.Float(x.f).Mod(starlark.Float(y)))
	}
	return y != 0
}

// scale is a duration times a number, a number times a duration, or a duration over a number.
func (x *num) scale(op syntax.Token, y *num) (ok bool) {
	if x.kind != durationKind {
		x.kind, x.n, x.f, y = durationKind, y.n, 0, &num{x.kind, x.n, x.f}
	}
	if op == syntax.STAR && y.kind == intKind {
		x.n, ok = multiply(x.n, y.n)
		return ok
	}
	result := float64(x.n) * y.float()
	if op != syntax.STAR {
		result = float64(x.n) / y.float() // by zero it is out of range
	}
	n, err := durations.round(result, durations.units(x.n))
	x.n = n
	return err == nil
}

// less reports whether x is less than y, where that is a matter of their values only.
func (x *num) less(y *num) (less, ok bool) {
	switch {
	case x.kind == y.kind && x.kind != floatKind:
		return x.n < y.n, true
	case x.kind == durationKind || y.kind == durationKind || !x.exact() || !y.exact():
		return false, false
	}
	return x.float() < y.float(), true
}

// exact reports whether a float stands for the number as it is.
func (x *num) exact() bool {
	const most = 1 << 53
	return x.kind == floatKind && x.f == x.f || x.kind == intKind && -most <= x.n && x.n <= most
}
