package wire

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk/env"
	"github.com/netlab-dev/netlab/sdk/link"
)

// Parse reads a value of a manifest's type in the notation of scripts, as it stands in a config tag or after a flag:
// 8080, true, 50ms, 1mbit, uniform(150ms,300ms), n1:80, [1,2]. Texts and bytes stand for themselves, without quotes.
func Parse(typ, text string) (any, error) {
	switch typ {
	case "string":
		return text, nil
	case "bytes":
		return []byte(text), nil
	}
	text = strings.TrimSpace(text)
	switch typ {
	case "bool":
		return parseBool(text)
	case "int":
		n, err := strconv.ParseInt(text, 0, 64)
		if err != nil {
			return nil, fmt.Errorf("want an integer, got %q", text)
		}
		return n, nil
	case "float":
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("want a number, got %q", text)
		}
		return f, nil
	case "duration":
		return ParseDuration(text)
	case "rate":
		return ParseRate(text)
	case "draw":
		return ParseDraw(text)
	case "address":
		if text != "" {
			if _, _, err := env.Addr(text).Split(); err != nil {
				return nil, err
			}
		}
		return env.Addr(text), nil
	case "function":
		if strings.EqualFold(text, "none") {
			return nil, nil
		}
		return nil, fmt.Errorf("a function cannot be written as text; want none, got %q", text)
	case "any":
		if strings.EqualFold(text, "none") {
			return nil, nil
		}
		return text, nil
	case "dict":
		if text == "{}" {
			return env.Fields(nil), nil
		}
		return nil, fmt.Errorf("a dict is written {} here, got %q", text)
	}
	if item, ok := strings.CutPrefix(typ, "list<"); ok {
		return parseList(strings.TrimSuffix(item, ">"), text)
	}
	return nil, fmt.Errorf("a %s cannot be written as text", typ)
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

func parseList(item, text string) (any, error) {
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

// ParseDuration reads a duration with its unit: us, ms, s, minute or hour.
func ParseDuration(text string) (time.Duration, error) {
	n, err := quantity(text, "duration", DurationUnits, "10ms")
	return time.Duration(n), err
}

// ParseRate reads a rate with its unit: bit, kbit, mbit or gbit (per second).
func ParseRate(text string) (link.Rate, error) {
	n, err := quantity(text, "rate", RateUnits, "1mbit")
	return link.Rate(n), err
}

func quantity(text, what string, units []Unit, example string) (int64, error) {
	text = strings.TrimSpace(text)
	cut := len(strings.TrimRight(text, "abcdefghijklmnopqrstuvwxyz"))
	number, name := strings.TrimRight(text[:cut], " *"), text[cut:]
	f, err := strconv.ParseFloat(number, 64)
	if err != nil || math.IsNaN(f) {
		return 0, fmt.Errorf("want a %s such as %s, got %q", what, example, text)
	}
	var names []string
	for _, u := range units {
		if u.Name == name {
			return scale(number, f, u, text)
		}
		names = append(names, u.Name)
	}
	if name == "" {
		return 0, fmt.Errorf("%q lacks its unit: a %s is written like %s", text, what, example)
	}
	return 0, fmt.Errorf("%q: unknown unit %q, want one of %s", text, name, strings.Join(names, ", "))
}

func scale(number string, f float64, u Unit, text string) (int64, error) {
	if n, err := strconv.ParseInt(number, 10, 64); err == nil && math.Abs(f*float64(u.Size)) < math.MaxInt64 {
		return n * u.Size, nil // exact
	}
	f = math.Round(f * float64(u.Size))
	if math.Abs(f) >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is too large", text)
	}
	return int64(f), nil
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
