package programs_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab"
)

// BenchmarkPrograms measures net/http in programs by the CPU time of all processes, which other work on the machine moves
// little. What a run takes in any case is measured apart, and subtracted.
func BenchmarkPrograms(b *testing.B) {
	for _, bench := range []struct{ name, experiment, parameter, unit string }{
		{"Request", "test_requests", "requests", "ms-CPU/request"},
		{"Start", "test_starts", "starts", "ms-CPU/start"},
		{"Nodes", "test_nodes", "nodes", "ms-CPU/node"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportMetric(0, "ns/op")
			run := func(n int) time.Duration {
				before := cpu(b)
				report, err := lab.Run(b.Context(), builtins(b), lab.Options{
					Targets: []string{"testdata/web.star::" + bench.experiment}, Set: []string{fmt.Sprint(bench.parameter, "=", n)},
				})
				if err != nil || report.Sweeps[0].Code != 0 {
					b.Fatal(err, failedText(&report.Sweeps[0]))
				}
				return cpu(b) - before
			}
			run(1) // builds and compiles
			took := run(1+b.N) - run(1)
			b.ReportMetric(float64(took)/float64(time.Millisecond)/float64(b.N), bench.unit)
		})
	}
}

// cpu is the CPU time of this process and those that it has waited for.
func cpu(b *testing.B) (total time.Duration) {
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var used syscall.Rusage
		if err := syscall.Getrusage(who, &used); err != nil {
			b.Fatal(err)
		}
		total += time.Duration(used.Utime.Nano() + used.Stime.Nano())
	}
	return total
}
