package star

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
)

func eval(text string) (starlark.Value, error) {
	return starlark.EvalOptions(&syntax.FileOptions{Set: true}, &starlark.Thread{}, "test.star", text, Predeclared())
}

func TestQuantitiesObeyTheirUnits(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{"10*ms", "10ms"},
		{"ms*10", "10ms"},
		{"1.5*s", "1.5s"},
		{"1*s + 500*ms", "1.5s"},
		{"1*s - 1500*ms", "-500ms"},
		{"-(2*ms)", "-2ms"},
		{"3*s / 2", "1.5s"},
		{"3*s / (2*s)", "1.5"},
		{"7*s // (2*s)", "3"},
		{"-7*s // (2*s)", "-4"},
		{"7*s % (2*s)", "1s"},
		{"2*minute", "2m"},
		{"90*s", "1m30s"},
		{"1*hour", "1h"},
		{"1*hour + 1*minute", "1h1m"},
		{"123456*ms", "2m3.456s"},
		{"3*us", "3us"},
		{"12345678*us / 1000", "12.345678ms"},
		{"0*s", "0s"},
		{"abs(-5*ms)", "5ms"},
		{"abs(5*ms - 7*ms) + abs(3*ms)", "5ms"},
		{"abs(1*mbit - 2*mbit)", "1mbit"},
		{"-(1*kbit) + +(3*kbit)", "2kbit"},
		{"[abs(-3), abs(2.5), abs(-64*KiB)]", "[3, 2.5, 65536]"},
		{"round(20053600*us / 1000, 10*us)", "20.05ms"},
		{"round(-1500*ms, 1*s)", "-2s"},
		{"round(1234*kbit, 100*kbit)", "1.2mbit"},
		{"round(2.567, 1)", "2.6"},
		{"bool(0*s)", "False"},
		{"[1*s < 2*s, 1*s >= 1000*ms, 1*s == 1000*ms, 1*s != 1*s]", "[True, True, True, False]"},
		{"{1*s: 2}[1000*ms]", "2"},
		{"max([1*ms, 3*ms, 2*ms])", "3ms"},
		{"1*mbit", "1mbit"},
		{"1.5*mbit", "1.5mbit"},
		{"64*kbit + 1*mbit", "1.064mbit"},
		{"1*mbit - 64*kbit", "936kbit"},
		{"1*mbit / (500*kbit)", "2.0"},
		{"2*gbit / 4", "500mbit"},
		{"1*mbit > 1*kbit", "True"},
		{"125*KiB", "128000"},
		{"128*KiB / (1*mbit)", "1.048576s"},
		{"1*mbit * (1*s)", "125000"},
		{"1*s * (1*mbit)", "125000"},
		{"1*s * 1*mbit / (1*mbit)", "1s"},
		{"0*us * 0.5, 0.0*s, 0*s * (1*mbit), 0 / (1*bit)", "(0s, 0s, 0, 0s)"},
		{"0.001*us * 0.1, 0.004*us / 10", "(0s, 0s)"}, // an average that fades
		{"uniform(150*ms, 300*ms)", "uniform(150ms, 300ms)"},
		{`exponential("5ms")`, "exponential(5ms)"},
		{"normal(10*ms, 2*ms)", "normal(10ms, 2ms)"},
		{"lognormal(10*ms, 0.5)", "lognormal(10ms, 0.5)"},
		{"pareto(1*ms, alpha = 2)", "pareto(1ms, 2)"},
		{"uniform(1*ms, 2*ms) == uniform(1*ms, 2*ms)", "True"},
		{"len(set([uniform(1*ms, 2*ms), uniform(1*ms, 2*ms)]))", "1"},
	} {
		v, err := eval(c.expr)
		if err != nil {
			t.Errorf("%s: %v", c.expr, err)
		} else if got := v.String(); got != c.want {
			t.Errorf("%s = %s, want %s", c.expr, got, c.want)
		}
	}
}

func TestMistakesWithUnitsAreErrorsWithAHint(t *testing.T) {
	for _, c := range []struct{ expr, err, hint string }{
		{"10*ms + 5", "duration + int: a bare number has no unit", "10*ms"},
		{"5 - 10*ms", "int - duration: a bare number has no unit", "10*ms"},
		{"1*mbit + 5", "rate + int: a bare number has no unit", "1*mbit"},
		{"1*ms + 1*mbit", "unknown binary op: duration + rate", ""},
		{"(1*ms) * (1*ms)", "unknown binary op: duration * duration", ""},
		{"1 / (1*ms)", "unknown binary op: int / duration", ""},
		{"1*s / 0", "duration divided by zero", ""},
		{"abs(-9223372036854775807*us / 1000 - 1*us)", "duration out of range", ""},
		{"abs('x')", "abs: got string, want a number or a quantity", ""},
		{"round(3*ms)", "round: got a duration and nothing else, want two durations", "round(x, 10*us)"},
		{"round(3*ms, 1)", "round: got a duration and a int", "round(x, 10*us)"},
		{"round(3*ms, 0*us)", "round: cannot round to a multiple of 0s", ""},
		{"round(2.5, 'a')", "round: digits: got string, want int", ""},
		{"-9000000000*gbit - 9000000000*gbit", "rate out of range", ""},
		{"1*s / (0*s)", "duration divided by zero", ""},
		{"1 / (0*mbit)", "size divided by a rate of zero", ""},
		{"1000000*hour * 1000000", "duration out of range", ""},
		{"0.0001*us", "duration too small: 0.1 ns would become 0", "a duration is a whole number of ns: write 0*s where none is meant"},
		{"us * -0.0004", "duration too small: -0.4 ns would become 0", ""},
		{"3*s / 1e12", "duration too small: 0.003 ns would become 0", ""},
		{"1 / (100*gbit)", "duration too small: 0.08 ns would become 0", ""},
		{"0.4*bit", "rate too small: 0.4 bits would become 0", "a rate is a whole number of bits: write 1*bit or more"},
		{"10*us * (10*kbit)", "size too small: 0.0125 bytes would become 0", "a size is a whole number of bytes"},
		{"2000000*hour + 2000000*hour", "duration out of range", "a duration is a finite number, at most 292 years"},
		{"float('inf') * ms", "duration out of range", "a finite number"},
		{"float('nan') * mbit", "rate out of range", "a rate is a finite number, at most 9223372036*gbit"},
		{"uniform(1, 2)", "uniform: low: got int 1, want a duration", "10*ms"},
		{"uniform(2*ms, 1*ms)", "uniform: low 2ms is above high 1ms", ""},
		{"exponential(-1*ms)", "exponential: mean: -1ms is below 0", ""},
		{"exponential('5')", `exponential: mean: "5" is not a duration`, "10*ms"},
		{"pareto(1*ms, 0)", "pareto: alpha: got 0, want a number above 0", ""},
		{"exponential(mena = 1*ms)", "unexpected keyword argument", ""},
		{"uniform(1*ms, 2*ms) < uniform(1*ms, 2*ms)", "draws have no order", "what was drawn"},
	} {
		v, err := eval(c.expr)
		if err == nil {
			t.Errorf("%s = %v, want the error %q", c.expr, v, c.err)
			continue
		}
		var hinted *Error
		errors.As(err, &hinted)
		if !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: got error %q, want %q", c.expr, err, c.err)
		}
		if c.hint != "" && (hinted == nil || !strings.Contains(hinted.Hint, c.hint)) {
			t.Errorf("%s: got hint %+v, want %q", c.expr, hinted, c.hint)
		}
	}
}

type text = starlark.String

type nodeRef struct{ text }

func (n nodeRef) Type() string   { return "node" }
func (n nodeRef) Reference() any { return value.Node(n.text) }

func TestValuesTravelThereAndBack(t *testing.T) {
	resolve := func(ref any) starlark.Value { return nodeRef{starlark.String(ref.(value.Node))} }
	for _, want := range []any{
		nil, true, int64(-5), 2.5, "text", []byte{0, 255}, 3 * time.Second, 5 * link.Mbit, value.Node("n1"),
		link.Draw{Distribution: link.Uniform, A: 1, B: 2}, []any{int64(1), "two", nil},
		value.Fields{{Name: "role", Value: "leader"}, {Name: "at", Value: value.Fields{{Name: "term", Value: int64(2)}}}},
	} {
		got, err := ToValue(FromValue(want, resolve))
		if err != nil || !cmp.Equal(got, want) {
			t.Errorf("%#v came back as %#v, %v", want, got, err)
		}
	}
}

func TestWhatCannotTravelIsAnError(t *testing.T) {
	endless := starlark.NewList(nil)
	if err := endless.Append(endless); err != nil {
		t.Fatal(err)
	}
	badKey := starlark.NewDict(1)
	if err := badKey.SetKey(starlark.MakeInt(1), starlark.None); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		value starlark.Value
		want  string
	}{
		{starlark.Universe["len"], "len is built in and cannot travel"},
		{starlark.MakeInt64(1 << 62).Mul(starlark.MakeInt(8)), "does not fit 64 bits"},
		{endless, "nested deeper than 28"},
		{badKey, "want a string or a node, got int"},
	} {
		if _, err := ToValue(c.value); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got error %v, want %q", c.value.Type(), err, c.want)
		}
	}
}

func TestRecordsCompareByNamesAndValues(t *testing.T) {
	make := func(name string, v any) *Record { return NewRecord(value.Fields{{Name: name, Value: v}}, nil) }
	one := make("a", int64(1))
	for _, c := range []struct {
		other *Record
		want  bool
	}{{make("a", int64(1)), true}, {make("a", int64(2)), false}, {make("b", int64(1)), false}} {
		if got, err := starlark.Equal(one, c.other); err != nil || got != c.want {
			t.Errorf("%s == %s is %v, %v", one, c.other, got, err)
		}
	}
	if got := one.With("a", starlark.MakeInt(3)).String(); got != "struct(a = 3)" || one.String() != "struct(a = 1)" {
		t.Errorf("With gave %s and left %s", got, one)
	}
}
