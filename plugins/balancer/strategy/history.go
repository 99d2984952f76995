package strategy

import "maps"

// history is what a strategy knows of each backend, by name, so that one that goes and comes back finds it as it was,
// also as a new *Backend. A program that makes up new names all the time does not make it grow for ever: what is known
// of those that are away is kept for keptAway of them. Not safe for concurrent use.
type history[T any] map[string]*T

const keptAway = 4 * MaxBackends

// of returns what is known of each backend, beside them; what is new begins as the zero T.
func (h history[T]) of(backends []*Backend) []*T {
	present := make(map[string]bool, len(backends))
	list := make([]*T, len(backends))
	for i, b := range backends {
		if h[b.Name] == nil {
			h[b.Name] = new(T)
		}
		list[i], present[b.Name] = h[b.Name], true
	}
	if len(h) > len(backends)+keptAway {
		maps.DeleteFunc(h, func(name string, _ *T) bool { return !present[name] })
	}
	return list
}
