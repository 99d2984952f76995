package balancer

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
)

func TestFunctionsMayBeCalledFromManyTasks(t *testing.T) {
	for _, source := range []string{
		turnsInScript,
		`it = struct(score = lambda b: b.ewma * (b.inflight + 1))`,
		`it = lambda bs, r: min(bs, key = lambda b: b.inflight / b.weight)`,
		`it = lambda bs, r: fail("no") if r.rand.chance(0.5) else bs[0]`,
		"def count(b, r, state): state[b] = state.get(b, 0) + 1\n" +
			"it = struct(pick = lambda bs, r, st: r.rand.pick(bs), done = count, init = lambda: {})",
	} {
		backends := views(1, 2, 3, 4)
		s, _ := scriptedBy(t, source, backends)
		var tasks sync.WaitGroup
		for seed := range uint64(4) {
			tasks.Go(func() {
				r := asking(seed)
				for range 200 {
					b := s.Pick(r)
					b.Picked()
					result := strategy.Result{OK: true, Took: time.Millisecond, Now: r.Now}
					b.Finished(result)
					strategy.Done(s, b, result)
				}
			})
		}
		tasks.Go(func() {
			for i := range 50 {
				s.Update(backends[i%3:])
			}
		})
		tasks.Wait()
	}
}

// BenchmarkPickByScript is one decision among 16 backends by functions of a script.
func BenchmarkPickByScript(b *testing.B) {
	for _, test := range []struct{ name, source string }{
		{"round_robin", turnsInScript},
		{"score", `it = struct(score = lambda b: b.inflight)`},
		{"score_ewma", `it = struct(score = lambda b: b.ewma * (b.inflight + 1))`},
		{"random", `it = lambda bs, r: bs[r.rand.int(0, len(bs) - 1)]`},
		{"least", "def it(bs, r):\n    best = bs[0]\n    for b in bs:\n" +
			"        if b.inflight < best.inflight:\n            best = b\n    return best"},
		{"least_by_key", `it = lambda bs, r: min(bs, key = lambda b: b.inflight / b.weight)`},
		{"least_by_long_key", `it = lambda bs, r: min(bs, key = lambda b: (b.inflight + 1) * (b.ewma + 1*ms) / b.weight)`},
		{"least_by_key_with_names", "PRICE = 3\ndef it(bs, r, extra = 2):\n    return min(bs, key = lambda b: b.inflight * PRICE + extra)"},
		{"p2c", "def it(bs, r):\n    a, b = bs[r.rand.int(0, 15)], bs[r.rand.int(0, 15)]\n" +
			"    return a if a.inflight <= b.inflight else b"},
	} {
		b.Run(test.name, func(b *testing.B) {
			backends := views(slices.Repeat([]int{1}, 16)...)
			for i, backend := range backends {
				for range i {
					backend.Picked()
				}
				backend.Finished(strategy.Result{OK: true, Took: time.Millisecond, Now: sdk.Epoch})
			}
			s, blame := scriptedBy(b, test.source, backends)
			r := asking(1)
			b.ReportAllocs()
			for b.Loop() {
				s.Pick(r)
			}
			if len(blame.errors) > 0 {
				b.Fatal(blame.errors[0])
			}
		})
	}
}
