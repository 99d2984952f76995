package raft

import (
	"slices"

	"github.com/netlab-dev/netlab/plugins/raft/core"
)

// roster gives the nodes of a cluster the numbers by which the core knows them: 1 and up in order of name, the same on
// every node.
type roster struct {
	names []string
	self  core.ID
}

func newRoster(self string, peers []string) roster {
	r := roster{names: append(slices.Clone(peers), self)}
	slices.Sort(r.names)
	r.self, _ = r.find(self)
	return r
}

// find returns the number of a node.
func (r roster) find(name string) (core.ID, bool) {
	i, ok := slices.BinarySearch(r.names, name)
	return core.ID(i + 1), ok
}

// name returns a node's name, "" for none.
func (r roster) name(id core.ID) string {
	if id == core.None {
		return ""
	}
	return r.names[id-1]
}

func (r roster) namesOf(ids []core.ID) (names []string) {
	for _, id := range ids {
		names = append(names, r.name(id))
	}
	return names
}

func (r roster) ids() []core.ID {
	ids := make([]core.ID, len(r.names))
	for i := range ids {
		ids[i] = core.ID(i + 1)
	}
	return ids
}
