package value

import (
	"fmt"
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

// Parse reads a value of a type in the notation of scripts, as it stands in a config tag or after a flag: 8080, true,
// 50ms, 1mbit, uniform(150ms,300ms), n1:80, [1,2]. Texts and bytes stand for themselves, without quotes.
func Parse(t Type, text string) (any, error) {
	switch {
	case t.IsList():
		return parseList(t.Item(), text)
	case t.Base == String:
		return text, nil
	case t.Base == Bytes:
		return []byte(text), nil
	}
	return parseWord(t, strings.TrimSpace(text))
}

// parseWord reads a value in whose notation spaces around it mean nothing.
func parseWord(t Type, text string) (any, error) {
	switch t.Base {
	case Any, Callable:
		return parseNone(t, text)
	case Bool:
		return parseBool(text)
	case Int:
		return parseInt(text)
	case Float:
		return parseFloat(text)
	case Duration:
		return ParseDuration(text)
	case Rate:
		return ParseRate(text)
	case Draw:
		return ParseDraw(text)
	case Address:
		return parseAddress(text)
	case Dict:
		return parseDict(text)
	}
	return nil, fmt.Errorf("a %s cannot be written as text", t)
}

// parseNone reads a value that may be None, whose other texts only Any has.
func parseNone(t Type, text string) (any, error) {
	switch {
	case strings.EqualFold(text, "none"):
		return nil, nil
	case t.Base == Callable:
		return nil, fmt.Errorf("a function cannot be written as text; want none, got %q", text)
	}
	return text, nil
}

func parseInt(text string) (any, error) {
	n, err := strconv.ParseInt(text, 0, 64)
	if err != nil {
		return nil, fmt.Errorf("want an integer, got %q", text)
	}
	return n, nil
}

func parseFloat(text string) (any, error) {
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, fmt.Errorf("want a number, got %q", text)
	}
	return f, nil
}

func parseAddress(text string) (any, error) {
	if text != "" {
		if _, _, err := Addr(text).Split(); err != nil {
			return nil, err
		}
	}
	return Addr(text), nil
}

func parseDict(text string) (any, error) {
	if text != "{}" {
		return nil, fmt.Errorf("a dict is written {} here, got %q", text)
	}
	return Fields(nil), nil
}

func parseBool(text string) (any, error) {
	switch text {
	case "true", "True":
		return true, nil
	case "false", "False":
		return false, nil
	}
	return nil, fmt.Errorf("want true or false, got %q", text)
}

func parseList(item Type, text string) (any, error) {
	inner, ok := strings.CutPrefix(text, "[")
	inner, ok2 := strings.CutSuffix(inner, "]")
	if !ok || !ok2 {
		return nil, fmt.Errorf("want a list in brackets, got %q", text)
	}
	list := []any{}
	if strings.TrimSpace(inner) == "" {
		return list, nil
	}
	for _, part := range SplitOutside(inner) {
		v, err := Parse(item, part)
		if err != nil {
			return nil, err
		}
		list = append(list, v)
	}
	return list, nil
}

// SplitOutside splits text at the commas that stand outside parentheses, brackets and braces.
func SplitOutside(text string) []string {
	var parts []string
	depth, start := 0, 0
	for i, c := range text {
		switch c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		case ',':
			if depth == 0 {
				parts = append(parts, text[start:i])
				start = i + 1
			}
		}
	}
	return append(parts, text[start:])
}

// Unit is a unit of the notation: of time in nanoseconds, of rate in bits per second.
type Unit struct {
	Name string
	Size int64
}

// The units, smallest first. They are not to be changed.
var (
	DurationUnits = []Unit{
		{"us", int64(time.Microsecond)}, {"ms", int64(time.Millisecond)}, {"s", int64(time.Second)},
		{"minute", int64(time.Minute)}, {"hour", int64(time.Hour)},
	}
	RateUnits = []Unit{
		{"bit", int64(link.Bit)}, {"kbit", int64(link.Kbit)}, {"mbit", int64(link.Mbit)}, {"gbit", int64(link.Gbit)},
	}
)

var sizeUnits = []Unit{{"KiB", 1 << 10}, {"MiB", 1 << 20}}

// durationTexts are the units of durations as texts: beside those of scripts, the short ones that FormatDuration writes.
var durationTexts = append([]Unit{{"m", int64(time.Minute)}, {"h", int64(time.Hour)}}, DurationUnits...)

// ParseDuration reads a duration with its units: 10ms, 1.5s, 2minute, and all that FormatDuration writes, 1m30s.
func ParseDuration(text string) (time.Duration, error) {
	n, err := quantity(text, "duration", durationTexts, "10ms")
	return time.Duration(n), err
}

// ParseRate reads a rate with its unit: bit, kbit, mbit or gbit (per second).
func ParseRate(text string) (link.Rate, error) {
	n, err := quantity(text, "rate", RateUnits, "1mbit")
	return link.Rate(n), err
}

// ParseSize reads a number of bytes, with or without a unit: 1500, 64KiB, 1.5MiB.
func ParseSize(text string) (int64, error) {
	if n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64); err == nil {
		return n, nil
	}
	return quantity(text, "size", sizeUnits, "64KiB")
}

// part is one number and its unit.
var part = regexp.MustCompile(`^((?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]+)?)[ *]*(\pL*)`)

// maxQuantity bounds the text of a quantity.
const maxQuantity = 100

// quantity reads a number with its unit, or several that add up, the largest unit first. Each digit counts.
func quantity(text, what string, units []Unit, example string) (int64, error) {
	text = strings.TrimSpace(text)
	wrong := fmt.Errorf("want a %s such as %s, got %q", what, example, text)
	rest, negative := strings.CutPrefix(text, "-")
	sum, nothing := new(big.Rat), true
	for last := int64(math.MaxInt64); last == math.MaxInt64 || rest != ""; {
		found := part.FindStringSubmatch(rest)
		if found == nil || len(text) > maxQuantity {
			return 0, wrong
		}
		unit, err := unitNamed(found[2], text, what, units, example)
		if err != nil {
			return 0, err
		}
		if unit.Size >= last {
			return 0, wrong
		}
		number, err := exactly(found[1])
		if err != nil {
			return 0, fmt.Errorf("%q is too large", text)
		}
		mantissa, _, _ := strings.Cut(found[1], "e")
		nothing = nothing && !strings.ContainsAny(mantissa, "123456789")
		sum.Add(sum, number.Mul(number, new(big.Rat).SetInt64(unit.Size)))
		rest, last = strings.TrimLeft(rest[len(found[0]):], " "), unit.Size
	}
	n := nearest(sum)
	if n.Sign() == 0 && !nothing {
		return 0, fmt.Errorf("%q is too small: it would become 0", text)
	}
	if negative {
		n.Neg(n)
	}
	if !n.IsInt64() {
		return 0, fmt.Errorf("%q is too large", text)
	}
	return n.Int64(), nil
}

func unitNamed(name, text, what string, units []Unit, example string) (Unit, error) {
	var names []string
	for _, u := range units {
		if u.Name == name {
			return u, nil
		}
		names = append(names, u.Name)
	}
	if name == "" {
		return Unit{}, fmt.Errorf("%q lacks its unit: a %s is written like %s", text, what, example)
	}
	return Unit{}, fmt.Errorf("%q: unknown unit %q, want one of %s", text, name, strings.Join(names, ", "))
}

// exactly reads a number of which nothing is lost. One beyond all quantities is an error, before it takes memory.
func exactly(number string) (*big.Rat, error) {
	f, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil || f > math.MaxInt64:
		return nil, strconv.ErrRange
	case f == 0: // also of 1e-1000000000
		return new(big.Rat), nil
	}
	exact, _ := new(big.Rat).SetString(number) // it has read as a float
	return exact, nil
}

// nearest rounds a number that is not negative; halves upwards.
func nearest(r *big.Rat) *big.Int {
	twice := new(big.Int).Lsh(r.Num(), 1)
	return twice.Div(twice.Add(twice, r.Denom()), new(big.Int).Lsh(r.Denom(), 1))
}

// distributions names the constructors that scripts have and the texts of their arguments: d a duration, f a number.
var distributions = []struct {
	name string
	d    link.Distribution
	args string
}{
	{"uniform", link.Uniform, "dd"},
	{"exponential", link.Exponential, "d"},
	{"normal", link.Normal, "dd"},
	{"lognormal", link.LogNormal, "df"},
	{"pareto", link.Pareto, "df"},
}

// ParseDraw reads a duration, or one of uniform(low, high), exponential(mean), normal(mean, sd),
// lognormal(median, sigma) and pareto(min, alpha).
func ParseDraw(text string) (link.Draw, error) {
	name, rest, ok := strings.Cut(strings.TrimSpace(text), "(")
	if !ok {
		d, err := ParseDuration(text)
		return link.Draw{A: d}, err
	}
	inner, ok := strings.CutSuffix(rest, ")")
	for _, c := range distributions {
		if ok && c.name == strings.TrimSpace(name) {
			return drawOf(c.d, c.args, text, SplitOutside(inner))
		}
	}
	return link.Draw{}, fmt.Errorf("want a duration, uniform(low, high), exponential(mean), normal(mean, sd), "+
		"lognormal(median, sigma) or pareto(min, alpha), got %q", text)
}

func drawOf(d link.Distribution, args, text string, parts []string) (link.Draw, error) {
	draw := link.Draw{Distribution: d}
	if len(parts) != len(args) {
		return draw, fmt.Errorf("%s: want %d arguments, got %d", text, len(args), len(parts))
	}
	for i, part := range parts {
		var err error
		switch {
		case args[i] == 'f':
			draw.Shape, err = strconv.ParseFloat(strings.TrimSpace(part), 64)
		case i == 0:
			draw.A, err = ParseDuration(part)
		default:
			draw.B, err = ParseDuration(part)
		}
		if err != nil {
			return draw, fmt.Errorf("%s: %w", text, err)
		}
	}
	return draw, nil
}
