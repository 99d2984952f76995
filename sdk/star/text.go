package star

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

var durationUnits = []struct {
	name  string
	value time.Duration
}{
	{"us", time.Microsecond}, {"ms", time.Millisecond}, {"s", time.Second}, {"minute", time.Minute}, {"hour", time.Hour},
}

var rateUnits = []struct {
	name  string
	value link.Rate
}{
	{"gbit", link.Gbit}, {"mbit", link.Mbit}, {"kbit", link.Kbit}, {"bit", link.Bit},
}

// Short writes a duration with at most four digits: 12.35ms, 90s.
func Short(d time.Duration) string {
	step := time.Duration(1)
	for size := d.Abs(); size >= 10000*step && step < time.Hour; {
		step *= 10
	}
	return Exact(d.Round(step))
}

// Exact writes a duration with all its digits, in the unit that reads best: 20us, 1.5ms, 90s, 5minute, 2hour. It is the
// notation of package wire.
func Exact(d time.Duration) string {
	size := d.Abs()
	u := durationUnits[0]
	for _, larger := range durationUnits[1:] {
		whole := d%larger.value == 0 && d != 0
		if whole || size >= larger.value && larger.value <= time.Second {
			u = larger
		}
	}
	if d == 0 {
		return "0s"
	}
	return decimal(int64(d), int64(u.value)) + u.name
}

// FormatRate writes a rate in the largest unit that it reaches: 64kbit, 1.5mbit.
func FormatRate(r link.Rate) string {
	for _, u := range rateUnits {
		if max(r, -r) >= u.value {
			return decimal(int64(r), int64(u.value)) + u.name
		}
	}
	return "0bit"
}

// decimal writes n/unit without losing a digit; unit is a power of ten, or divides n.
func decimal(n, unit int64) string {
	sign, whole, rest := "", n/unit, n%unit
	if n < 0 {
		sign, whole, rest = "-", -whole, -rest
	}
	text := sign + strconv.FormatInt(whole, 10)
	if rest == 0 {
		return text
	}
	digits := strconv.FormatInt(unit+rest, 10)[1:] // the leading 1 keeps the zeros
	return text + "." + strings.TrimRight(digits, "0")
}

// FormatDraw writes a draw as a script would: uniform(150ms, 300ms).
func FormatDraw(d link.Draw) string {
	for _, c := range constructors {
		if c.distribution != d.Distribution {
			continue
		}
		switch {
		case c.shape:
			return fmt.Sprintf("%s(%s, %v)", c.name, Short(d.A), d.Shape)
		case c.params[1] != "":
			return fmt.Sprintf("%s(%s, %s)", c.name, Short(d.A), Short(d.B))
		default:
			return fmt.Sprintf("%s(%s)", c.name, Short(d.A))
		}
	}
	return Short(d.A)
}

// ParseDuration reads a duration that a script has written as text: "10ms", "1.5s", "2minute".
func ParseDuration(text string) (time.Duration, error) {
	for _, u := range durationUnits {
		if n, ok := parse(text, u.name, int64(u.value)); ok {
			return time.Duration(n), nil
		}
	}
	return 0, Errorf(durationHint, "%q is not a duration", text)
}

// ParseRate reads a rate that a script has written as text: "1mbit", "64kbit".
func ParseRate(text string) (link.Rate, error) {
	for _, u := range rateUnits {
		if n, ok := parse(text, u.name, int64(u.value)); ok {
			return link.Rate(n), nil
		}
	}
	return 0, Errorf(rateHint, "%q is not a rate", text)
}

// parse reads a number followed by a unit. A whole number is read exactly.
func parse(text, unit string, value int64) (int64, bool) {
	number, found := strings.CutSuffix(strings.TrimSpace(text), unit)
	if !found {
		return 0, false
	}
	number = strings.TrimSpace(number)
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, false
	}
	product, fits := toInt64(f * float64(value))
	if n, err := strconv.ParseInt(number, 10, 64); err == nil && fits {
		product = n * value
	}
	return product, fits
}
