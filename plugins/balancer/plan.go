package balancer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
)

// plan is the live part of a configuration, checked.
type plan struct {
	servers  []server // sorted by name
	retries  int
	budget   float64
	chosen   any // of the strategy, as configured
	strategy choice
}

// server is a backend as configured.
type server struct {
	name   string
	addr   sdk.Addr
	weight int
}

const (
	maxBackends = 1000
	maxWeight   = 1000
)

func (b *balancer) plan() (plan, error) {
	p := plan{retries: b.Retries, budget: b.RetryBudget, chosen: b.Strategy}
	var err error
	if p.servers, err = servers(b.Backends); err != nil {
		return p, fmt.Errorf("backends: %w", err)
	}
	if err := weigh(p.servers, b.Weights); err != nil {
		return p, fmt.Errorf("weights: %w", err)
	}
	if err := b.suits(); err != nil {
		return p, err
	}
	p.strategy, err = choose(b.Strategy, b.named)
	return p, err
}

var (
	hashing = []string{"ring", "maglev", "rendezvous"}
	weighed = []string{"weighted_round_robin", "random", "least_connections", "p2c", "peak_ewma"}
)

// suits says which parameter one of our own strategies makes no use of.
func (b *balancer) suits() error {
	name, _ := b.Strategy.(string)
	hashes, weighs := slices.Contains(hashing, name), slices.Contains(weighed, name)
	switch {
	case b.HashBalanceFactor > 0 && (weighs || name == strategy.Default):
		return fmt.Errorf("hash_balance_factor: strategy %s does not hash, want one of %s", name, strings.Join(hashing, ", "))
	case b.SlowStart > 0 && (hashes || name == strategy.Default):
		return fmt.Errorf("slow_start: strategy %s does not go by weights that change, want one of %s", name,
			strings.Join(weighed, ", "))
	}
	return nil
}

// servers names the backends: by the node, where it has one of them only, and else by the address.
func servers(addrs []sdk.Addr) ([]server, error) {
	if len(addrs) > maxBackends {
		return nil, fmt.Errorf("got %d, want at most %d", len(addrs), maxBackends)
	}
	nodes, seen := map[string]int{}, map[sdk.Addr]bool{}
	for _, addr := range addrs {
		node, _, err := addr.Split()
		if err != nil {
			return nil, err
		}
		if seen[addr] {
			return nil, fmt.Errorf("%s is listed twice", addr)
		}
		seen[addr] = true
		nodes[node]++
	}
	list := make([]server, 0, len(addrs))
	for _, addr := range addrs {
		name, _, _ := addr.Split()
		if nodes[name] > 1 {
			name = string(addr)
		}
		list = append(list, server{name: name, addr: addr, weight: 1})
	}
	slices.SortFunc(list, func(a, b server) int { return cmp.Compare(a.name, b.name) })
	return list, nil
}

func weigh(list []server, weights sdk.Fields) error {
	for _, w := range weights {
		i := slices.IndexFunc(list, func(s server) bool { return s.name == w.Name || string(s.addr) == w.Name })
		if i < 0 {
			return unknownBackend(w.Name, list)
		}
		weight, ok := w.Value.(int64)
		if !ok || weight < 0 || weight > maxWeight {
			return fmt.Errorf("%s: got %v, want a whole number from 0 to %d", w.Name, w.Value, maxWeight)
		}
		list[i].weight = int(weight)
	}
	return nil
}

func unknownBackend(name string, list []server) error {
	if len(list) == 0 {
		return fmt.Errorf("no backend %q: there are none", name)
	}
	names := make([]string, len(list))
	for i, s := range list {
		names[i] = s.name
	}
	return fmt.Errorf("no backend %q; backends are %s", name, strings.Join(names, ", "))
}
