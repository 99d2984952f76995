package core_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/plugins/raft/core"
)

// storm is a cluster under random faults: messages lost, doubled, late, too large and overtaking each other, slow disks, crashes
// that lose unsynced writes, cuts in one or both directions.
type storm struct {
	*cluster
	rng      *rand.Rand
	churn    bool // leaders crash as soon as they have proposed (figure 3.7)
	narrow   bool // no more than 100 bytes of entries reach two nodes of three in a message, and every seventh command has more
	commands int
}

func newStorm(seed uint64) *storm {
	rng := rand.New(rand.NewPCG(seed, 1))
	s := &storm{rng: rng, churn: seed%2 == 1}
	n := 3 + 2*rng.IntN(2)
	preVote, checkQuorum := rng.IntN(3) > 0, rng.IntN(3) > 0
	maxBytes := []int{32, 1000, 0}[rng.IntN(3)]
	s.cluster = newCluster(n, func(cfg *core.Config) {
		cfg.PreVote, cfg.CheckQuorum, cfg.MaxBytes, cfg.MaxInflight = preVote, checkQuorum, maxBytes, 1+rng.IntN(8)
		cfg.Timeout = func() time.Duration { return 150*time.Millisecond + time.Duration(rng.Int64N(150e6)) }
	})
	loss, late := rng.Float64()*0.2, rng.Float64()*0.4
	if !s.churn {
		late *= 0.2
	}
	spread := []int64{10, 20, 100, 400}[rng.IntN(4)]
	s.narrow = seed%3 == 0
	s.fate = func(m core.Message) []time.Duration {
		if rng.Float64() < loss || s.narrow && m.To%3 > 0 && sizeOf(m) > 100 {
			return nil
		}
		arrivals := []time.Duration{s.between(0, spread)}
		if rng.Float64() < 0.1 {
			arrivals = append(arrivals, s.between(0, 400))
		}
		if rng.Float64() < late {
			arrivals[0] += s.between(50, 800)
		}
		return arrivals
	}
	slow := []int64{1, 20, 60, 200}[rng.IntN(4)]
	s.sync = func() time.Duration { return s.between(0, slow) }
	return s
}

// between draws a duration of low up to high milliseconds.
func (s *storm) between(low, high int64) time.Duration {
	return time.Duration(low*1e6 + s.rng.Int64N((high-low)*1e6))
}

func (s *storm) randomNode() *node { return s.nodes[s.rng.IntN(len(s.nodes))] }

// replaceLeader makes the leader propose and crash a moment later, and lets the others go on.
func (s *storm) replaceLeader() {
	for _, n := range s.nodes {
		if n.core == nil && s.rng.IntN(3) == 0 {
			s.start(n)
		}
	}
	if n := s.leader(); n != nil {
		s.offer(n, 1+s.rng.IntN(3))
		s.run(s.now+s.between(0, 40), nil)
		s.crash(n, s.rng.IntN(len(n.writes)+1))
	}
}

// disturb does one random thing.
func (s *storm) disturb() {
	n := s.randomNode()
	if s.churn && s.rng.IntN(2) == 0 {
		s.replaceLeader()
		return
	}
	switch action := s.rng.IntN(20); {
	case action < 11:
		if leader := s.leader(); leader != nil && s.rng.IntN(5) > 0 {
			n = leader
		}
		s.offer(n, 1+s.rng.IntN(3))
	case action < 13:
		if leader := s.leader(); leader != nil && s.rng.IntN(2) == 0 {
			n = leader
		}
		if n.core != nil {
			s.crash(n, s.rng.IntN(len(n.writes)+1))
		}
	case action < 16:
		if n.core == nil {
			s.start(n)
		}
	case action < 17:
		s.isolate(n.id, true)
	case action < 18:
		if other := s.randomNode(); other != n {
			s.cut(n.id, other.id, true)
		}
	case action < 19:
		s.heal()
	default:
		if n.core != nil {
			s.step(n, core.Input{Kind: core.Campaign})
		}
	}
}

func (s *storm) offer(n *node, count int) {
	if n.core == nil {
		return
	}
	commands := make([]string, count)
	for i := range commands {
		s.commands++
		commands[i] = fmt.Sprintf("command-%d", s.commands)
		if s.narrow && s.commands%7 == 0 {
			commands[i] += strings.Repeat("x", 100)
		}
	}
	s.propose(n, commands...)
}

// calm ends all faults, waits until the cluster works again and checks that nothing acknowledged is missing.
func (s *storm) calm() {
	s.heal()
	s.fate, s.sync = nil, func() time.Duration { return time.Millisecond }
	for _, n := range s.nodes {
		if n.core == nil {
			s.start(n)
		}
	}
	s.run(s.now+5*time.Second, nil)
	leader := s.leader()
	if leader == nil {
		s.oracle.fail("no leader 5 s after all faults ended")
	}
	s.propose(leader, "the last command")
	s.run(s.now+time.Second, nil)
	for _, n := range s.nodes {
		if got := string(n.applied[len(n.applied)-1].Data); got != "the last command" {
			s.oracle.fail("%s did not apply the last command, but %q", name(n.id), got)
		}
		if len(n.applied) != len(leader.applied) {
			s.oracle.fail("%s applied %d entries, the leader %d", name(n.id), len(n.applied), len(leader.applied))
		}
	}
	for command, acked := range s.oracle.acked {
		if acked && s.oracle.landed[command] == 0 {
			s.oracle.fail("%q was acknowledged and is gone", command)
		}
	}
}

// survive runs one storm and returns the first violation with what happened before it.
func survive(seed uint64) (err error) {
	s := newStorm(seed)
	defer func() {
		if broken := recover(); broken != nil {
			lines := strings.Split(s.trace.String(), "\n")
			lines = lines[max(0, len(lines)-40):]
			err = fmt.Errorf("seed %d at %v: %v\n%s", seed, s.now, broken, strings.Join(lines, "\n"))
		}
	}()
	for range 80 {
		s.run(s.now+s.between(0, 120), nil)
		s.disturb()
	}
	s.calm()
	return nil
}

func TestSafetyHoldsInRandomStorms(t *testing.T) {
	for seed := range uint64(800) {
		if err := survive(seed); err != nil {
			t.Fatal(err)
		}
	}
}
