package balancer

import (
	"testing"
	"time"
)

// Everybody asks for the same: 250 a second, where one backend serves 100.
func TestWithABoundAHotKeyDoesNotOverwhelmItsBackend(t *testing.T) {
	for _, strategy := range hashing {
		for _, factor := range []float64{0, 1.25} {
			w := newWorld(t, []string{"a", "b", "c", "d"}, "strategy", strategy, "hash", "path", "hash_balance_factor", factor)
			for _, name := range []string{"a", "b", "c", "d"} {
				w.serial(name, 10*time.Millisecond, nil)
			}
			ends := w.load(1000, 4*time.Millisecond)
			if standing := ends["200"] == 1000; standing != (factor > 0) || !standing && ends["late"] < 500 {
				t.Errorf("%s, hash_balance_factor = %v: got %v", strategy, factor, ends)
			}
		}
	}
}
