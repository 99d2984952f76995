package script

import (
	"fmt"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/star"
)

// partition is lab.partition(*groups, lasting = None) -> fault: the groups are apart from each other, and all other
// nodes, also those added later, are one more group.
var partition = verb{"partition", "partition NODE,NODE NODE,NODE [lasting=5s]", func(r *run, c call) (starlark.Value, error) {
	var lasting lifetime
	if err := load.UnpackArgs("lab.partition", nil, c.kwargs, "lasting??", &lasting); err != nil {
		return nil, err
	}
	if len(c.args) == 0 {
		return nil, star.Errorf("lab.partition([n1, n2], [n3])", "lab.partition: names no group")
	}
	side := map[*node]int{}
	var named []*node
	var sides []string
	for i, arg := range c.args {
		group, err := r.group(arg)
		if err != nil {
			return nil, fmt.Errorf("lab.partition: group %d: %w", i+1, err)
		}
		for _, n := range group {
			if other, twice := side[n]; twice && other != i+1 {
				return nil, fmt.Errorf("lab.partition: %s is in group %d and in group %d", n, other, i+1)
			}
			side[n] = i + 1
			named = append(named, n)
		}
		sides = append(sides, namesOf(group))
	}
	var links []engine.Pair
	for _, link := range between(named, r.nodes, false) {
		if side[r.byName[link.From]] != side[r.byName[link.To]] {
			links = append(links, link)
		}
	}
	f := &fault{verb: "partition", text: "partition " + strings.Join(sides, " | "), extend: func(added *node) []engine.Pair {
		return between(named, []*node{added}, false)
	}}
	return r.fault(f, lasting, links, cutting)
}}
