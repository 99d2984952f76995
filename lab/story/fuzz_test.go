package story

import (
	"strings"
	"testing"

	"github.com/netlab-dev/netlab/lab/result"
)

// FuzzLines makes traces of runs as a file may hold them.
func FuzzLines(f *testing.F) {
	f.Add(`{"type": "experiment", "failures": [{"run": {"seed": 7, "outcome": "failed", "checks": [{"source": "check(x)", "at": 5, "nodes": ["a", "z"]}]}}]}
{"type": "story", "seed": 7, "nodes": ["a", "a"], "spans": [{"text": "cut", "from": 4611686018427387904, "to": 1}]}
{"type": "moment", "number": 1, "cause": 2, "node": "a", "class": "call", "name": "called", "fields": [{"text": "method"}]}
{"type": "packet", "number": 2, "cause": 1, "kind": "data", "from": "a", "to": "b", "size": -1, "sent": 7, "arrives": [4611686018427387904, 1, 0]}
{"type": "packet", "number": 2, "cause": 2}`)
	f.Fuzz(func(t *testing.T, text string) {
		report, err := result.Read(strings.NewReader(text))
		if err != nil {
			return
		}
		for i := range report.Sweeps {
			for r := range report.Sweeps[i].Told() {
				focus := Of(r)
				if lines := focus.Lines(r, 40); len(lines) > 40 {
					t.Errorf("%d lines", len(lines))
				}
				_ = result.Text{Width: 30}.Trace("trace", focus.Lines(r, 40))
				for _, row := range focus.All() {
					_ = focus.Chain(row.ID())
				}
			}
		}
	})
}
