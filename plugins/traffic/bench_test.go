package traffic

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

// BenchmarkRequests is what one HTTP request from a client to a backend costs in virtual time, everything included. Its
// goal leaves room for a balancer in between: 60,000 requests through all three in 2s of wall time.
func BenchmarkRequests(b *testing.B) {
	loops := map[string][]any{
		"open":   {"per_second", 5000.0},
		"closed": {"clients", int64(50)},
	}
	for _, name := range []string{"open", "closed"} {
		b.Run(name, func(b *testing.B) {
			w := world(b, with("service_time", link.NewExponential(5*time.Millisecond)))
			b.ReportAllocs()
			args := append([]any{"url", "http://web:8000/", "requests", int64(b.N)}, loops[name]...)
			d := makeLoad(b, w, args...)
			wantFields(b, "load", d, "received", b.N, "errors", 0)
		})
	}
}
