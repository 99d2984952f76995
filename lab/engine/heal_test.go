package engine

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk/link"
)

// TestEveryChangeAndItsHealGiveBackTheTopology brings on random faults, several by one fault or on one link, and heals
// them in random order, some while others come on, and some twice; batches that are refused come between. Then links and clocks are as they were, and so is
// what the steps have made of them.
func TestEveryChangeAndItsHealGiveBackTheTopology(t *testing.T) {
	for seed := range uint64(100) {
		t.Run(fmt.Sprintf("seed=%d", seed), func(t *testing.T) { breakAndHeal(t, rand.New(rand.NewPCG(seed, 0))) })
	}
}

func breakAndHeal(t *testing.T, r *rand.Rand) {
	top, net, untouched := four(t), newPlainNet(), newPlainNet()
	net.carry(mustApply(t, top, SetDefault{Patch{"latency": fixed(time.Millisecond), "loss": 0.01}}))
	before := top.state()
	untouched.base = net.base
	begun, healed := []FaultID{}, map[FaultID]bool{}
	for range 30 {
		was := top.state()
		if _, err := top.apply([]Change{randomFault(r, 13), randomFault(r, 14), Heal{13}, Heal{999}}); err == nil {
			t.Fatal("a fault that is not there was healed")
		}
		if d := cmp.Diff(was, top.state()); d != "" {
			t.Fatalf("a batch that was refused has left something (-before +after):\n%s", d)
		}
		if id := FaultID(1 + r.IntN(12)); !healed[id] {
			steps, err := top.apply([]Change{randomFault(r, id)})
			if err != nil {
				continue // a clock out of range
			}
			net.carry(steps)
			begun = append(begun, id)
		}
		if r.IntN(3) == 0 && len(begun) > 0 {
			id := begun[r.IntN(len(begun))]
			net.carry(mustApply(t, top, Heal{id}))
			healed[id] = true
		}
	}
	r.Shuffle(len(begun), func(i, j int) { begun[i], begun[j] = begun[j], begun[i] })
	for _, id := range begun {
		net.carry(mustApply(t, top, Heal{id}))
	}
	if d := cmp.Diff(before, top.state()); d != "" {
		t.Errorf("links (-before +after):\n%s", d)
	}
	if d := cmp.Diff(untouched, net, cmp.AllowUnexported(plainNet{})); d != "" {
		t.Errorf("what the steps have made (-before +after):\n%s", d)
	}
}

// randomFault is a fault on some links or on one clock.
func randomFault(r *rand.Rand, id FaultID) Change {
	names := []string{"n1", "n2", "n3", "n4"}
	var links []Pair
	for range 1 + r.IntN(4) {
		a := r.IntN(4)
		links = append(links, Pair{names[a], names[(a+1+r.IntN(3))%4]})
	}
	switch r.IntN(5) {
	case 0:
		return Cut{id, links}
	case 2:
		return Refuse{id, links}
	case 1:
		return SetClock{Fault: id, Node: names[r.IntN(4)], Speed: []float64{0.5, 1, 2}[r.IntN(3)], Offset: time.Duration(r.IntN(3)) * time.Hour}
	}
	patches := []Patch{
		{"latency": fixed(time.Second)}, {"loss": 0.5}, {"loss": link.Burst{Bad: 0.1, Good: 0.5, Loss: 1, Slot: time.Second}}, {"rate": link.Rate(1000)},
		{"jitter": fixed(time.Microsecond), "mtu": int64(600)}, {"queue": int64(5000), "reorder": 0.1}, {"duplicate": 0.2, "corrupt": 0.0},
	}
	return SetLink{id, links, patches[r.IntN(len(patches))]}
}

// plainNet is what an engine would have made of steps. What is as it was without them is left out.
type plainNet struct {
	base    link.Profile
	own     map[Pair]link.Profile
	effects map[effectOn]bool
	clocks  map[string][2]float64 // speed and offset
}

type effectOn struct {
	link   Pair
	fault  FaultID
	effect link.Effect
}

func newPlainNet() *plainNet {
	return &plainNet{own: map[Pair]link.Profile{}, effects: map[effectOn]bool{}, clocks: map[string][2]float64{}}
}

func (n *plainNet) carry(steps []step) {
	for _, s := range steps {
		switch s.verb {
		case setDefault:
			n.base = s.profile
		case setProfile:
			n.own[s.link] = s.profile
			if s.profile == n.base {
				delete(n.own, s.link)
			}
		case addEffect:
			n.effects[effectOn{s.link, s.fault, s.effect}] = true
		case removeEffect:
			delete(n.effects, effectOn{s.link, s.fault, s.effect})
		case setClock:
			n.clocks[s.node.name] = [2]float64{s.speed, float64(s.offset)}
			if s.speed == 1 && s.offset == 0 {
				delete(n.clocks, s.node.name)
			}
		}
	}
}
