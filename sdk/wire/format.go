package wire

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/netlab-dev/netlab/sdk/env"
	"github.com/netlab-dev/netlab/sdk/link"
)

// Format writes a value in the notation of scripts: 150ms, 1mbit, uniform(150ms, 300ms), "text", [1, 2], {"term": 4}.
func Format(value any) string {
	switch v := value.(type) {
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
	case env.Object:
		return fmt.Sprintf("<%s %d of %s>", v.Type, v.ID, v.Node)
	case env.Function:
		return fmt.Sprintf("<function %s at %s:%d:%d>", v.Name, v.Path, v.Line, v.Col)
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = Format(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case env.Fields:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = strconv.Quote(v[i].Name) + ": " + Format(v[i].Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return fmt.Sprint(value)
}

// FormatDuration writes a duration in the unit that reads best: 20us, 1.5ms, 90s, 5minute, 2hour.
func FormatDuration(d time.Duration) string {
	size := d.Abs()
	switch {
	case d == 0:
		return "0s"
	case d%time.Hour == 0:
		return decimal(int64(d), int64(time.Hour), "hour")
	case d%time.Minute == 0:
		return decimal(int64(d), int64(time.Minute), "minute")
	case size >= time.Second:
		return decimal(int64(d), int64(time.Second), "s")
	case size >= time.Millisecond:
		return decimal(int64(d), int64(time.Millisecond), "ms")
	}
	return decimal(int64(d), int64(time.Microsecond), "us")
}

// FormatRate writes a rate in the unit that reads best: 0bit, 64kbit, 1.5mbit.
func FormatRate(r link.Rate) string {
	switch size := max(r, -r); {
	case size >= link.Gbit:
		return decimal(int64(r), int64(link.Gbit), "gbit")
	case size >= link.Mbit:
		return decimal(int64(r), int64(link.Mbit), "mbit")
	case size >= link.Kbit:
		return decimal(int64(r), int64(link.Kbit), "kbit")
	}
	return decimal(int64(r), 1, "bit")
}

// decimal writes n/unit without losing a digit; unit is a power of ten times 60 or 3600 only where it divides n.
func decimal(n, unit int64, name string) string {
	whole, rest := n/unit, n%unit
	if rest == 0 {
		return strconv.FormatInt(whole, 10) + name
	}
	sign := ""
	if n < 0 {
		sign, whole, rest = "-", -whole, -rest
	}
	digits := strconv.FormatInt(unit+rest, 10)[1:] // the leading 1 keeps the zeros
	return sign + strconv.FormatInt(whole, 10) + "." + strings.TrimRight(digits, "0") + name
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
