package star

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"go.starlark.net/starlark"
	"go.starlark.net/syntax"
)

// guardedWith is a function of a file that is guarded, and changed by edit, before it is compiled.
func guardedWith(t testing.TB, source string, edit func(*syntax.CallExpr)) starlark.Value {
	t.Helper()
	tree, err := Dialect.Parse("main.star", source, 0)
	if err != nil {
		t.Fatal(err)
	}
	Guard(tree)
	syntax.Walk(tree, func(n syntax.Node) bool {
		if call, ok := n.(*syntax.CallExpr); ok {
			edit(call)
		}
		return true
	})
	program, err := starlark.FileProgram(tree, Predeclared().Has)
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	globals, err := program.Init(&starlark.Thread{}, Predeclared())
	if err != nil {
		t.Fatalf("%s: %v", source, err)
	}
	return globals["it"]
}

// interpreted takes back what arithmeticKey has done to a call.
func interpreted(call *syntax.CallExpr) {
	if fn, ok := call.Fn.(*syntax.Ident); ok && strings.HasPrefix(fn.Name, arithmeticPrefix) {
		fn.Name = strings.TrimPrefix(fn.Name, arithmeticPrefix)
		call.Args = call.Args[:2]
	}
}

// TestArithmeticKeysAreTheInterpreters compares generated keys over generated values with what the interpreter makes of
// them: the item, the error with its backtrace, and the steps, but for the two that the hidden argument takes.
func TestArithmeticKeysAreTheInterpreters(t *testing.T) {
	right, direct := 0, 0
	for seed := range uint64(3000) {
		g := &keyGenerator{rand.New(rand.NewPCG(seed, 7))}
		source := fmt.Sprintf("K = %s\ndef it(xs, p, q = 2):\n    return %s(xs, key = lambda x: %s)\n",
			[]string{"3", "0.5", "2*ms", "1 << 70", "None"}[g.IntN(5)%(1+g.IntN(5))], []string{"min", "max"}[g.IntN(2)], g.expr(4))
		changed := 0
		fast := guardedWith(t, source, func(call *syntax.CallExpr) {
			if fn, ok := call.Fn.(*syntax.Ident); ok && strings.HasPrefix(fn.Name, arithmeticPrefix) {
				changed += len(call.Args) - 2
			}
		})
		slow := guardedWith(t, source, interpreted)
		direct += min(changed, 1)
		for range 6 {
			items, p := g.items(), g.value(g.IntN(3))
			if g.IntN(20) == 0 {
				p = g.odd()
			}
			want, wantSteps := run(slow, items, p)
			got, gotSteps := run(fast, items, p)
			if got != want || gotSteps != wantSteps+2*uint64(changed) && !strings.HasPrefix(want, "error") {
				t.Fatalf("seed %d: %sof %v\ngot  %s, %d steps\nwant %s, %d steps", seed, source, items, got, gotSteps, want, wantSteps)
			}
			if !strings.HasPrefix(want, "error") {
				right++
			}
		}
	}
	if right < 6000 || direct < 2500 {
		t.Errorf("%d of 18000 calls succeed, %d of 3000 keys are recognised: that says little", right, direct)
	}
}

func run(fn starlark.Value, items *starlark.List, p starlark.Value) (string, uint64) {
	thread := &starlark.Thread{}
	v, err := starlark.Call(thread, fn, starlark.Tuple{items, p}, nil)
	if err != nil {
		return "error " + Backtrace(err), thread.ExecutionSteps()
	}
	for i := range items.Len() {
		if items.Index(i) == v {
			return fmt.Sprint("item ", i), thread.ExecutionSteps()
		}
	}
	return "something else", thread.ExecutionSteps()
}

type keyGenerator struct{ *rand.Rand }

func (g *keyGenerator) expr(depth int) string {
	switch n := g.IntN(12); {
	case depth == 0 || n < 3:
		return []string{"x.a", "x.b", "x.c", "x.a", "x.b"}[g.IntN(5)]
	case n < 5:
		return []string{"1", "0", "2.5", "1*ms", "s", "7", "0.0", "1000000007", "K", "p", "q"}[g.IntN(11)]
	case n == 5:
		return "-" + g.expr(0)
	}
	return "(" + g.expr(depth-1) + " " + []string{"+", "-", "*", "/", "//", "%", "+", "*"}[g.IntN(8)] + " " + g.expr(depth-1) + ")"
}

// items is a list of structs, in most of which a field is of the same type.
func (g *keyGenerator) items() *starlark.List {
	kinds := []int{g.IntN(3), g.IntN(3), g.IntN(3)}
	var items []starlark.Value
	for range 1 + g.IntN(6) {
		var fields []starlark.Tuple
		for i, name := range []string{"a", "b", "c"} {
			switch g.IntN(60) {
			case 0:
				fields = append(fields, starlark.Tuple{starlark.String(name), g.odd()})
			case 1: // it lacks the field
			default:
				fields = append(fields, starlark.Tuple{starlark.String(name), g.value(kinds[i])})
			}
		}
		items = append(items, StructOf(fields))
	}
	return starlark.NewList(items)
}

func (g *keyGenerator) value(kind int) starlark.Value {
	switch kind {
	case 0:
		return starlark.MakeInt64([]int64{0, 1, 2, 3, 10, -1, -7, 1 << 40, 1 << 62, math.MaxInt64, math.MinInt64}[g.IntN(4)+g.IntN(2)*g.IntN(8)])
	case 1:
		return starlark.Float([]float64{0, 1.5, -2, 0.1, 1e300, 3, 1 << 53}[g.IntN(7)])
	}
	return Duration([]int64{0, 1, 5e6, 1e9, -3e6, math.MaxInt64, math.MinInt64}[g.IntN(7)])
}

func (g *keyGenerator) odd() starlark.Value {
	return []starlark.Value{
		starlark.None, starlark.String("text"), starlark.True, starlark.Float(math.NaN()), starlark.Float(math.Inf(1)),
		starlark.MakeBigInt(new(big.Int).Lsh(big.NewInt(1), 70)), starlark.NewList(nil), Rate(8), starlark.MakeInt64(math.MinInt64),
	}[g.IntN(9)]
}

func TestAKeyWithANameThatMayLackAValueIsTheInterpreters(t *testing.T) {
	for source, want := range map[string]int{
		"K = 1\ndef it(xs): return min(xs, key = lambda x: x.a + K)":                            1,
		"def it(xs): return min(xs, key = lambda x: x.a + K)\nK = 1":                            0,
		"K = 1\ndef it(xs):\n    y = min(xs, key = lambda x: x.a + K)\n    K = 2\n    return y": 0,
		"K = 1\nit = min([], key = lambda x: x.a + K) if False else None":                       0,
		"def it(xs, K): return lambda: min(xs, key = lambda x: x.a + K)":                        0,
		"def it(xs, K): return max(xs, key = lambda K: -K)":                                     1,
		"def it(xs, *, K = 2, **more): return max(xs, key = lambda x: x.a // K)":                1,
		"def it(xs, min): return min(xs, key = lambda x: x.a)":                                  0,
	} {
		got := 0
		guardedWith(t, source, func(call *syntax.CallExpr) {
			if fn, ok := call.Fn.(*syntax.Ident); ok && strings.HasPrefix(fn.Name, arithmeticPrefix) {
				got++
			}
		})
		if got != want {
			t.Errorf("%s\n%d keys are taken from the interpreter, want %d", source, got, want)
		}
	}
}
