package judge

import (
	"math/rand/v2"
	"testing"
	"time"
)

// simulated is a linearizable history of some clients on some keys: reads and writes of unique values, and, when swaps
// is set, swaps too. Each operation takes effect at one instant between its start and its end.
func simulated(clients, keys, n int, swaps bool) []Op {
	r := rand.New(rand.NewPCG(1, 1))
	store := map[int64]any{}
	free := make([]int, clients)
	var ops []Op
	for instant := 1; len(ops) < n; instant += 2 {
		task := r.IntN(clients)
		from := max(free[task], instant-r.IntN(3*clients))
		if from >= instant {
			continue
		}
		to := instant + 1 + r.IntN(3*clients)
		free[task] = to
		key, next := int64(r.IntN(keys)), any(int64(len(ops)))
		var o Op
		switch k := r.IntN(4); {
		case k < 2:
			o = get(task, from, to, store[key])
		case k == 3 && swaps:
			o = cas(task, from, to, store[key], next, true)
			store[key] = next
		default:
			o = put(task, from, to, next)
			store[key] = next
		}
		ops = append(ops, keyed(key, o))
	}
	return ops
}

// BenchmarkLinearizable judges histories of 10 000 operations.
func BenchmarkLinearizable(b *testing.B) {
	stale := simulated(20, 1, 10_000, false)
	stale[9000] = keyed(int64(0), get(1, int(stale[9000].Started/time.Millisecond), 1<<30, int64(17)))
	for _, c := range []struct {
		name string
		ops  []Op
		want Outcome
	}{
		{"reads_writes/clients=20/keys=1", simulated(20, 1, 10_000, false), OK},
		{"reads_writes/clients=20/keys=1/stale", stale, Violated},
		{"swaps/clients=5/keys=10", simulated(5, 10, 10_000, true), OK},
		{"swaps/clients=20/keys=10", simulated(20, 10, 10_000, true), OK},
		{"hopeless", hopeless(40), Unknown},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				v, err := Linearizable(c.ops, KV, ample)
				if err != nil || v.Outcome != c.want {
					b.Fatal(v, err)
				}
			}
		})
	}
}
