package result

import (
	"cmp"
	"slices"
	"time"
)

// pair is one experiment in both engines. One that has not run has an empty Sweep.
type pair struct {
	live, sim *Sweep
	facts     []fact      // that have a value for each
	prints    [][2]string // that differ
}

// fact is one measure of an experiment.
type fact struct {
	name      string
	live, sim time.Duration
	counts    bool          // as a difference, when it is notable; else it is of the machine
	lateness  time.Duration // of live: less is no difference
	alone     bool          // sim has none
}

// notable is by which part of the live value the other one differs so that it is told first.
const notable = 0.25

func (f fact) change() float64 {
	if f.live == f.sim {
		return 0
	}
	return float64(f.sim-f.live) / float64(max(f.live, time.Nanosecond))
}

func (f fact) differs() bool {
	return f.counts && max(f.change(), -f.change()) > notable && (f.sim-f.live).Abs() > f.lateness
}

// key tells experiments apart, whatever engine they ran on.
func (s *Sweep) key() [2]string { return [2]string{s.File, s.ID} }

// pairs are the experiments of a report, in order.
func pairs(r *Report) (all []*pair) {
	at := map[[2]string]*pair{} // by key
	for i := range r.Sweeps {
		s := &r.Sweeps[i]
		p := at[s.key()]
		if p == nil {
			p = &pair{live: &Sweep{Experiment: s.Experiment, NotRun: true}, sim: &Sweep{Experiment: s.Experiment, NotRun: true}}
			at[s.key()] = p
			all = append(all, p)
		}
		if s.Engine == "live" {
			p.live = s
		} else {
			p.sim = s
		}
	}
	for _, p := range all {
		p.measure()
	}
	return all
}

// mostSeries is of how many drives the latencies are compared.
const mostSeries = 10

// measure fills in what both have.
func (p *pair) measure() {
	measured := func(name string, live, sim time.Duration) {
		p.facts = append(p.facts, fact{name: name, live: live, sim: sim, counts: true, lateness: p.live.Lateness})
	}
	if p.live.Runs == 1 && p.sim.Asked == 1 && p.sim.Runs == 1 {
		measured("time", p.live.At, p.sim.At)
		p.prints = differing(p.live.printed(), p.sim.printed())
	}
	for _, live := range p.live.series()[:min(len(p.live.series()), mostSeries)] {
		if sim := p.sim.seriesLike(live); sim != nil {
			measured("p50 of "+live.Name, live.usual(p50), sim.usual(p50))
			measured("p99 of "+live.Name, live.usual(p99), sim.usual(p99))
		}
	}
	if !p.live.NotRun && !p.sim.NotRun {
		p.facts = append(p.facts, fact{name: "wall clock", live: p.live.Wall, sim: p.sim.Wall})
	}
	if p.live.Lateness > 0 {
		p.facts = append(p.facts, fact{name: "lateness", live: p.live.Lateness, alone: true})
	}
}

// differs is how much the two differ: 3 in their outcomes, 2 in why they have failed, 1 in something else.
func (p *pair) differs() int {
	switch {
	case p.live.outcome() != p.sim.outcome():
		return 3
	case p.live.why() != p.sim.why():
		return 2
	case len(p.prints) > 0 || slices.ContainsFunc(p.facts, fact.differs):
		return 1
	}
	return 0
}

// outcome is how the runs have ended, without numbers.
func (s *Sweep) outcome() Outcome {
	switch {
	case len(s.Failures) > 0:
		return s.Failures[0].Run.Outcome
	case s.Runs > 0 && s.Skips == s.Runs:
		return Skipped
	case s.Runs == 0 || s.Interrupted:
		return ""
	}
	return Passed
}

// why is that of the gravest failure; "" when there is none.
func (s *Sweep) why() string {
	if len(s.Failures) == 0 {
		return ""
	}
	return s.Failures[0].Run.Why()
}

// printed is what the script has printed in the run that is shown.
func (s *Sweep) printed() []string {
	if len(s.Failures) > 0 {
		return s.Failures[0].Run.Prints
	}
	return s.Prints
}

// series are those of the drives of one run.
func (s *Sweep) series() []Series {
	if r := s.ShownRun(); len(s.Series) == 0 && r != nil && r.Story != nil {
		return r.Story.Series
	}
	return s.Series
}

// seriesLike is the one of the same drive; nil when there is none.
func (s *Sweep) seriesLike(other Series) *Series {
	all := s.series()
	i := slices.IndexFunc(all, func(s Series) bool { return s.Name == other.Name && s.Node == other.Node })
	if i < 0 {
		return nil
	}
	return &all[i]
}

func p50(b Bucket) time.Duration { return b.P50 }
func p99(b Bucket) time.Duration { return b.P99 }

// usual is the value of half of the requests: the median over the buckets, each as often as it has requests.
func (s *Series) usual(of func(Bucket) time.Duration) time.Duration {
	buckets := slices.Clone(s.Buckets)
	slices.SortFunc(buckets, func(a, b Bucket) int { return cmp.Compare(of(a), of(b)) })
	all := 0
	for _, b := range buckets {
		all += b.Requests
	}
	seen := 0
	for _, b := range buckets {
		if seen += b.Requests; 2*seen >= all {
			return of(b)
		}
	}
	return 0
}

// differing are the lines that differ, by their places.
func differing(live, sim []string) (lines [][2]string) {
	for i := range max(len(live), len(sim)) {
		var line [2]string
		if i < len(live) {
			line[0] = live[i]
		}
		if i < len(sim) {
			line[1] = sim[i]
		}
		if line[0] != line[1] {
			lines = append(lines, line)
		}
	}
	return lines
}
