package peers

import (
	"slices"
	"testing"
)

// rounds lets every side work once in each iteration of the benchmark. The result has a row for each round, with the
// sides in the given order.
func rounds[T any](b *testing.B, sides ...func() T) [][]T {
	b.Helper()
	var all [][]T
	for b.Loop() {
		row := make([]T, len(sides))
		for i := range sides {
			turn := (i + len(all)) % len(sides)
			row[turn] = sides[turn]()
		}
		all = append(all, row)
	}
	b.ReportMetric(0, "ns/op") // the time of a round says nothing
	return all
}

// report prints the median of what the function makes of each round.
func report[T any](b *testing.B, rounds [][]T, unit string, of func(row []T) float64) {
	b.Helper()
	values := make([]float64, len(rounds))
	for i, row := range rounds {
		values[i] = of(row)
	}
	b.ReportMetric(median(values), unit)
}

// median sorts the values.
func median(values []float64) float64 {
	slices.Sort(values)
	middle := len(values) / 2
	if len(values)%2 == 1 {
		return values[middle]
	}
	return (values[middle-1] + values[middle]) / 2
}
