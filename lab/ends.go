package lab

import (
	"cmp"
	"slices"

	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script"
)

// What a sweep keeps for pictures: so many ends of runs, and so many series of its first run.
const (
	mostEnds   = 2000
	mostSeries = 20
)

// end notes when a run has ended. Of very many runs those of every second, fourth ... seed are kept.
func (s *sweep) end(r *script.Result) {
	o := &s.told
	if r.Seed == o.Seed {
		o.Series = r.Series[:min(len(r.Series), mostSeries)]
	}
	if r.Outcome == result.Skipped || !s.keeps(r.Seed) {
		return
	}
	o.Ends = append(o.Ends, result.End{Seed: r.Seed, At: r.At, Outcome: r.Outcome})
	for len(o.Ends) > mostEnds {
		s.stride++
		o.Ends = slices.DeleteFunc(o.Ends, func(e result.End) bool { return !s.keeps(e.Seed) })
	}
}

// keeps tells whether the end of that seed is kept: one of 2 to the power of stride.
func (s *sweep) keeps(seed uint64) bool { return (seed-s.told.Seed)%(1<<s.stride) == 0 }

func (s *sweep) sortEnds() {
	slices.SortFunc(s.told.Ends, func(a, b result.End) int { return cmp.Compare(a.Seed, b.Seed) })
}
