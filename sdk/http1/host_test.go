package http1

import (
	"strings"
	"testing"
)

// What a host costs to check grows with its length, and no more.
func TestALongHostCostsNoCopies(t *testing.T) {
	for _, s := range []string{strings.Repeat("%41", 20_000), strings.Repeat("a%41", 15_000) + ":80"} {
		if n := testing.AllocsPerRun(1, func() {
			if !isHost(s) {
				t.Error("it is no host")
			}
		}); n > 0 {
			t.Errorf("%d bytes cost %v allocations", len(s), n)
		}
	}
	for _, s := range []string{"%4", "a%4g", "%", ":80", "a%41:8x"} {
		if isHost(s) {
			t.Errorf("%q passes for a host", s)
		}
	}
}
