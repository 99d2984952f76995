package star

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"go.starlark.net/starlark"
)

// TestGeneratedFunctionsAnswerAsTheOriginalsDo sends random functions, rebuilds them and calls both with the same
// random arguments. Results are compared as they print, which tells types apart; errors by their text.
func TestGeneratedFunctionsAnswerAsTheOriginalsDo(t *testing.T) {
	answers, failures := 0, 0
	for seed := range uint64(400) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) {
			g := &generator{Rand: rand.New(rand.NewPCG(seed, 0))}
			source := g.program()
			it, err := starlark.Call(&starlark.Thread{}, g.load(t, source), nil, nil)
			if err != nil {
				t.SkipNow() // what it captures would be the quotient of a division by zero
			}
			defer func() {
				if t.Failed() {
					t.Log(source)
				}
			}()
			c, err := Rebuild(send(t, it), nil)
			if err != nil {
				t.Fatal(err)
			}
			for range 5 {
				args := starlark.Tuple{starlark.MakeInt(g.IntN(20) - 5), starlark.MakeInt(g.IntN(20) - 5)}[:1+g.IntN(2)]
				want := outcome(starlark.Call(&starlark.Thread{}, it, args, nil))
				if got := outcome(c.Call(args...)); got != want {
					t.Fatalf("of %v: got %s, want %s", args, got, want)
				}
				if answers++; strings.HasPrefix(want, "error") {
					failures++
				}
			}
		})
	}
	if answers > 100 && failures*4 > answers { // unless -run has chosen one
		t.Errorf("%d calls, of which %d end in an error: the functions say little", answers, failures)
	}
}

func outcome(v starlark.Value, err error) string {
	if err != nil {
		return "error: " + strings.SplitN(err.Error(), "\n", 2)[0]
	}
	return v.String()
}

// generator writes a script whose make returns a function that has captured values of every kind that travels.
type generator struct {
	*rand.Rand
	lines  []string
	ints   []string // variables in scope that hold integers
	calls  []string // functions in scope of one integer, which return one
	names  int
	indent string
}

func (g *generator) load(t *testing.T, source string) starlark.Value {
	t.Helper()
	globals, err := newHost(map[string]string{"main.star": source, "lib.star": lib, "deep.star": "def twice(x): return 2 * x"}).load("main.star")
	if err != nil {
		t.Fatalf("%v in\n%s", err, source)
	}
	return globals["make"]
}

func (g *generator) line(format string, args ...any) {
	g.lines = append(g.lines, g.indent+fmt.Sprintf(format, args...))
}

func (g *generator) name() string {
	g.names++
	return fmt.Sprintf("v%d", g.names)
}

func (g *generator) program() string {
	g.line(`load("lib.star", "helper")`)
	g.line("G = %d", g.IntN(100))
	g.line("def double(x, by = 2): return x * by")
	g.ints, g.calls = []string{"G"}, []string{"helper", "double"}
	g.line("def make():")
	var captured []string
	g.within(func() {
		for range 1 + g.IntN(5) {
			name := g.name()
			g.line("%s = %s", name, g.literal(3))
			captured = append(captured, name)
		}
		for range g.IntN(3) {
			g.capturedInt()
		}
		for range g.IntN(3) {
			g.function()
		}
		if g.IntN(4) == 0 {
			g.line("return lambda a, b = %s: (%s, %s, [%s])", g.literal(2), g.integer(3), "b", strings.Join(captured, ", "))
			return
		}
		g.line("def it(a, b = %s, *rest, c = %s, **more):", g.literal(2), g.literal(1))
		g.within(func() {
			g.ints = append(g.ints, "a")
			g.statements(3)
			g.line("return (%s, b, c, rest, more, type(%s), [%s])", g.integer(3), g.pick(captured), strings.Join(captured, ", "))
		})
		g.line("return it")
	})
	return strings.Join(g.lines, "\n") + "\n"
}

// within writes a block. What it binds goes out of scope behind it.
func (g *generator) within(block func()) {
	ints, calls, indent := g.ints, g.calls, g.indent
	g.indent += "    "
	block()
	g.ints, g.calls, g.indent = ints[:len(ints):len(ints)], calls[:len(calls):len(calls)], indent
}

func (g *generator) capturedInt() {
	name := g.name()
	g.line("%s = %s", name, g.integer(2))
	g.ints = append(g.ints, name)
}

// function writes a def or a lambda of one integer that uses what is in scope, other functions among it.
func (g *generator) function() {
	name, x := g.name(), g.name()
	if g.IntN(2) == 0 {
		ints, y := g.ints, g.integer(0)
		g.ints = append(ints[:len(ints):len(ints)], x)
		g.line("%s = lambda %s, y = %s: %s", name, x, y, g.integer(2))
		g.ints = ints
	} else {
		g.line("def %s(%s):", name, x)
		g.within(func() {
			g.ints = append(g.ints, x)
			g.statements(2)
			g.line("return %s", g.integer(2))
		})
	}
	g.calls = append(g.calls, name)
}

func (g *generator) statements(depth int) {
	for range 1 + g.IntN(3) {
		switch k := g.IntN(6); {
		case k < 2 || depth == 0:
			g.capturedInt()
		case k == 2:
			g.line("if %s:", g.condition(1))
			g.within(func() { g.statements(depth - 1) })
			g.line("else:")
			g.within(func() { g.statements(depth - 1) })
		case k == 3:
			total, each := g.name(), g.name()
			g.line("%s = 0", total)
			g.line("for %s in [%s, %s, %s]:", each, g.integer(1), g.integer(1), g.integer(1))
			g.within(func() {
				g.ints = append(g.ints, each)
				g.line("if %s: %s", g.condition(1), g.pick([]string{"continue", "break"}))
				g.line("%s += %s", total, g.integer(2))
			})
			g.ints = append(g.ints, total)
		case k == 4:
			g.line("if %s: return %s", g.condition(1), g.integer(1))
		default:
			g.function()
		}
	}
}

// integer writes an expression that is an integer, small enough for many of them to be multiplied.
func (g *generator) integer(depth int) string {
	if depth == 0 || g.IntN(4) == 0 {
		if g.IntN(2) == 0 {
			return fmt.Sprint(g.IntN(20))
		}
		return g.pick(g.ints)
	}
	a, b := g.integer(depth-1), g.integer(depth-1)
	switch g.IntN(6) {
	case 0:
		return fmt.Sprintf("%s(%s)", g.pick(g.calls), a)
	case 1:
		return fmt.Sprintf("(%s if %s else %s)", a, g.condition(depth-1), b)
	case 2:
		return fmt.Sprintf("sum([z + %s for z in [%s, 2, 3] if z != %d])", a, b, g.IntN(4))
	case 3:
		return fmt.Sprintf("(%s %s %d)", a, g.pick([]string{"%", "//"}), g.IntN(30)) // by zero, now and then
	}
	return fmt.Sprintf("(%s %s %s)", a, g.pick([]string{"+", "-", "*"}), b)
}

func (g *generator) condition(depth int) string {
	text := fmt.Sprintf("%s %s %s", g.integer(depth), g.pick([]string{"<", "==", "!=", ">="}), g.integer(depth))
	if g.IntN(3) == 0 {
		text = "not " + text
	}
	return "(" + text + ")"
}

// literal writes a value of any kind that a function may capture.
func (g *generator) literal(depth int) string {
	scalars := []string{
		"None", "True", "-7", "1 << 60", "0.1", "-0.0", "float('inf')", `"text \u20ac"`, `b"\xff\x00"`, "15*ms", "1.5*s", "64*kbit", "KiB",
		"exponential(5*ms)", "uniform(1*ms, 2*ms)",
	}
	if depth == 0 {
		return g.pick(scalars)
	}
	a, b := g.literal(depth-1), g.literal(depth-1)
	switch g.IntN(8) {
	case 0:
		return fmt.Sprintf("[%s, %s]", a, b)
	case 1:
		return fmt.Sprintf("(%s,)", a)
	case 2:
		return fmt.Sprintf("{%q: %s, (1, %q): %s, 7: []}", g.pick([]string{"k", "$dict", ""}), a, "t", b)
	case 3:
		return fmt.Sprintf("set([%s, %s])", g.literal(0), g.literal(0))
	case 4:
		return fmt.Sprintf("struct(x = %s, y = %s)", a, b)
	}
	return g.pick(scalars)
}

func (g *generator) pick(from []string) string { return from[g.IntN(len(from))] }
