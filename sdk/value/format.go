package value

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

// Format writes a value in the notation of scripts: 150ms, 1mbit, uniform(150ms, 300ms), "text", [1, 2], {"term": 4}.
func Format(v any) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case string:
		return strconv.Quote(v)
	case []byte:
		return "b" + strconv.Quote(string(v))
	case time.Duration:
		return FormatDuration(v)
	case link.Rate:
		return FormatRate(v)
	case link.Draw:
		return FormatDraw(v)
	case Object:
		return fmt.Sprintf("<%s %d of %s>", v.Type, v.ID, v.Node)
	case Function:
		return fmt.Sprintf("<function %s at %s:%d:%d>", v.Name, v.Path, v.Line, v.Col)
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = Format(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case Fields:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = strconv.Quote(v[i].Name) + ": " + Format(v[i].Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprint(v)
}

// FormatDuration writes a duration so that a person reads it and ParseDuration reads back the same one: 20us, 1.5ms,
// 59s, 1m30s, 8758h20m.
func FormatDuration(d time.Duration) string {
	if d < 0 {
		return "-" + formatSpan(-uint64(d)) // also of the least duration, which has no opposite
	}
	return formatSpan(uint64(d))
}

func formatSpan(d uint64) string {
	const us, ms, s = uint64(time.Microsecond), uint64(time.Millisecond), uint64(time.Second)
	switch {
	case d == 0:
		return "0s"
	case d < ms:
		return decimal(d, us, "us")
	case d < s:
		return decimal(d, ms, "ms")
	}
	var b strings.Builder
	for _, unit := range []struct {
		size uint64
		name string
	}{{uint64(time.Hour), "h"}, {uint64(time.Minute), "m"}} {
		if n := d / unit.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, unit.name)
			d %= unit.size
		}
	}
	if d > 0 {
		b.WriteString(decimal(d, s, "s"))
	}
	return b.String()
}

// FormatRate writes a rate in the unit that reads best: 0bit, 64kbit, 1.5mbit.
func FormatRate(r link.Rate) string {
	size, sign := uint64(r), ""
	if r < 0 {
		size, sign = -size, "-"
	}
	unit := RateUnits[0]
	for _, u := range RateUnits {
		if size >= uint64(u.Size) {
			unit = u
		}
	}
	return sign + decimal(size, uint64(unit.Size), unit.Name)
}

// decimal writes n/unit without losing a digit; unit is a power of ten.
func decimal(n, unit uint64, name string) string {
	whole, rest := strconv.FormatUint(n/unit, 10), n%unit
	if rest == 0 {
		return whole + name
	}
	digits := strconv.FormatUint(unit+rest, 10)[1:] // the leading 1 keeps the zeros
	return whole + "." + strings.TrimRight(digits, "0") + name
}

// FormatDraw writes a distribution as its constructor; a fixed one as its duration.
func FormatDraw(d link.Draw) string {
	for _, c := range distributions {
		if c.d != d.Distribution {
			continue
		}
		switch c.args {
		case "d":
			return fmt.Sprintf("%s(%s)", c.name, FormatDuration(d.A))
		case "dd":
			return fmt.Sprintf("%s(%s, %s)", c.name, FormatDuration(d.A), FormatDuration(d.B))
		}
		return fmt.Sprintf("%s(%s, %s)", c.name, FormatDuration(d.A), strconv.FormatFloat(d.Shape, 'g', -1, 64))
	}
	return FormatDuration(d.A)
}

// Short writes a duration for orientation, as in the margin of a report: with four digits or to the millisecond,
// whichever is more. What a script sees of a duration is exact.
func Short(d time.Duration) string {
	step := time.Duration(1)
	for size := d.Abs(); size >= 10000*step && step < time.Millisecond; {
		step *= 10
	}
	return FormatDuration(d.Round(step))
}
