package value

import (
	"math"
	"strings"
	"testing"
	"testing/quick"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk/link"
)

func TestValuesAreReadInTheNotationOfScripts(t *testing.T) {
	tests := []struct {
		typ, text string
		want      any
	}{
		{"int", "8080", int64(8080)},
		{"bool", "True", true},
		{"bool", "false", false},
		{"float", "0.5", 0.5},
		{"string", " kept, as it is ", " kept, as it is "},
		{"bytes", "ab", []byte("ab")},
		{"duration", "50ms", 50 * time.Millisecond},
		{"duration", "1.5s", 1500 * time.Millisecond},
		{"duration", "10 * ms", 10 * time.Millisecond},
		{"duration", "0s", time.Duration(0)},
		{"duration", "2hour", 2 * time.Hour},
		{"duration", "1hour30minute", 90 * time.Minute},
		{"duration", "1h0.5s", time.Hour + 500*time.Millisecond},
		{"duration", "1 m 30s", 90 * time.Second},
		{"duration", "1e3ms", time.Second},
		{"duration", "0.1234567891us", 123 * time.Nanosecond},
		{"rate", "1.5mbit", 1500 * link.Kbit},
		{"draw", "5ms", link.Draw{A: 5 * time.Millisecond}},
		{"draw", "uniform(150ms, 300ms)", link.Draw{Distribution: link.Uniform, A: 150 * time.Millisecond,
			B: 300 * time.Millisecond}},
		{"draw", "pareto(1ms,1.2)", link.Draw{Distribution: link.Pareto, A: time.Millisecond, Shape: 1.2}},
		{"address", "n1:80", Addr("n1:80")},
		{"address", "", Addr("")},
		{"list<int>", "[1, 2]", []any{int64(1), int64(2)}},
		{"list<draw>", "[uniform(1s,2s),3s]", []any{
			link.Draw{Distribution: link.Uniform, A: time.Second, B: 2 * time.Second}, link.Draw{A: 3 * time.Second},
		}},
		{"list<string>", "[]", []any{}},
		{"dict", "{}", Fields(nil)},
		{"any", "none", nil},
	}
	for _, test := range tests {
		got, err := parseAs(test.typ, test.text)
		if err != nil {
			t.Errorf("Parse(%s, %q): %v", test.typ, test.text, err)
		} else if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("Parse(%s, %q) (-want +got):\n%s", test.typ, test.text, diff)
		}
	}
}

func TestWrongNotationIsExplained(t *testing.T) {
	tests := []struct{ typ, text, want string }{
		{"int", "x", `want an integer, got "x"`},
		{"duration", "50", `"50" lacks its unit: a duration is written like 10ms`},
		{"duration", "50sec", `unknown unit "sec", want one of m, h, us, ms, s, minute, hour`},
		{"duration", "10µs", `unknown unit "µs", want one of m, h, us`},
		{"duration", "1m30", `"1m30" lacks its unit`},
		{"duration", "30s1m", `want a duration such as 10ms, got "30s1m"`},
		{"duration", "1m-30s", `want a duration such as 10ms, got "1m-30s"`},
		{"duration", "9223372036.854775808s", `too large`},
		{"rate", "1kbit1mbit", `want a rate such as 1mbit`},
		{"duration", "fast", `want a duration such as 10ms, got "fast"`},
		{"duration", "1e30s", `too large`},
		{"rate", "10", `lacks its unit`},
		{"draw", "uniform(1ms)", `want 2 arguments, got 1`},
		{"draw", "gauss(1ms,2ms)", `normal(mean, sd)`},
		{"draw", "uniform(1ms,2)", `lacks its unit`},
		{"address", "n1", `want node:port`},
		{"list<int>", "1,2", `want a list in brackets`},
		{"list<int>", "[1,x]", `want an integer, got "x"`},
		{"struct", "x", `a struct cannot be written as text`},
	}
	for _, test := range tests {
		_, err := parseAs(test.typ, test.text)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Parse(%s, %q): got error %v, want one with %q", test.typ, test.text, err, test.want)
		}
	}
}

func TestQuantitiesAreWrittenAsTheyAreRead(t *testing.T) {
	tests := []struct {
		typ, text string
		value     any
	}{
		{"duration", "0s", time.Duration(0)},
		{"duration", "20us", 20 * time.Microsecond},
		{"duration", "1.5ms", 1500 * time.Microsecond},
		{"duration", "0.001us", time.Nanosecond},
		{"duration", "59.25s", 59250 * time.Millisecond},
		{"duration", "1m30s", 90 * time.Second},
		{"duration", "-1.5s", -1500 * time.Millisecond},
		{"duration", "-5ms", -5 * time.Millisecond},
		{"duration", "5m", 5 * time.Minute},
		{"duration", "2h0.001s", 2*time.Hour + time.Millisecond},
		{"duration", "8758h20m", 525500 * time.Minute},
		{"duration", "-2562047h47m16.854775808s", time.Duration(math.MinInt64)},
		{"rate", "0bit", link.Rate(0)},
		{"rate", "64kbit", 64 * link.Kbit},
		{"rate", "1.05mbit", 1050 * link.Kbit},
		{"rate", "2gbit", 2 * link.Gbit},
		{"draw", "3ms", link.Draw{A: 3 * time.Millisecond}},
		{"draw", "uniform(1s, 2s)", link.Draw{Distribution: link.Uniform, A: time.Second, B: 2 * time.Second}},
		{"draw", "exponential(5ms)", link.Draw{Distribution: link.Exponential, A: 5 * time.Millisecond}},
		{"draw", "lognormal(5ms, 0.5)", link.Draw{Distribution: link.LogNormal, A: 5 * time.Millisecond, Shape: 0.5}},
	}
	for _, test := range tests {
		if got := Format(test.value); got != test.text {
			t.Errorf("Format(%#v) = %s, want %s", test.value, got, test.text)
		}
		if back, err := parseAs(test.typ, test.text); err != nil || back != test.value {
			t.Errorf("Parse(%s, %s) = %v, %v, want %v", test.typ, test.text, back, err, test.value)
		}
	}
}

func TestEveryQuantityIsReadBackExactly(t *testing.T) {
	exact := func(n int64) bool {
		d, err := ParseDuration(FormatDuration(time.Duration(n)))
		r, err2 := ParseRate(FormatRate(link.Rate(n)))
		if d != time.Duration(n) || r != link.Rate(n) || err != nil || err2 != nil {
			t.Errorf("%d: %q read back as %d, %v; %q as %d, %v", n,
				FormatDuration(time.Duration(n)), d, err, FormatRate(link.Rate(n)), r, err2)
			return false
		}
		return true
	}
	for _, n := range []int64{0, math.MaxInt64, math.MinInt64} {
		exact(n)
	}
	for bits := range 63 { // random ones are nearly all of 63 bits
		for _, near := range []int64{-1, 0, 1} {
			exact(1<<bits + near)
			exact(-1<<bits + near)
		}
	}
	for _, unit := range DurationUnits {
		for _, near := range []int64{-1, 0, 1} {
			exact(unit.Size + near)
			exact(-90*unit.Size + near)
		}
	}
	if err := quick.Check(exact, nil); err != nil {
		t.Error(err)
	}
}

func TestWhatIsNoQuantityIsRefused(t *testing.T) {
	for _, text := range []string{"", "5", "ms", "1 min", "--1s", "0x10s", "1/2s", "1_0s", "NaNs", "infs", "1e300hour"} {
		if d, err := ParseDuration(text); err == nil {
			t.Errorf("%q was read as %v", text, d)
		}
	}
}

func TestListsAndDictsAreWrittenAsInScripts(t *testing.T) {
	got := Format(Fields{{Name: "a", Value: []any{"x", nil, true}}, {Name: "b", Value: []byte{1}}})
	if want := `{"a": ["x", None, True], "b": b"\x01"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// parseAs is Parse with the type as manifests write it.
func parseAs(typ, text string) (any, error) {
	t, err := ParseType(typ)
	if err != nil {
		return nil, err
	}
	return Parse(t, text)
}

func TestASizeIsReadAsScriptsWriteIt(t *testing.T) {
	for text, want := range map[string]int64{"1500": 1500, " 7": 7, "64KiB": 64 << 10, "64*KiB": 64 << 10, "1.5 MiB": 3 << 19} {
		if got, err := ParseSize(text); got != want || err != nil {
			t.Errorf("%q: got %d, %v, want %d", text, got, err, want)
		}
	}
	if _, err := ParseSize("64kb"); err == nil || err.Error() != `"64kb": unknown unit "kb", want one of KiB, MiB` {
		t.Errorf("got %v", err)
	}
}

func TestWhatIsTooSmallToBeKeptIsAnError(t *testing.T) {
	for _, text := range []string{"0.0001us", "0.0001*us", "1e-400s", "-0.1e-9s"} {
		if d, err := ParseDuration(text); err == nil || !strings.Contains(err.Error(), "is too small") {
			t.Errorf("%s: got %s, %v", text, d, err)
		}
	}
	for _, text := range []string{"0s", "0.000us", "0e5s"} {
		if d, err := ParseDuration(text); d != 0 || err != nil {
			t.Errorf("%s: got %s, %v", text, d, err)
		}
	}
	if r, err := ParseRate("0.1bit"); err == nil {
		t.Errorf("0.1bit: got %d", r)
	}
}
