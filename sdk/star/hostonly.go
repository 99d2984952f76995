package star

import (
	"errors"

	"go.starlark.net/starlark"
)

// hostOnly stands for a name that only the host knows, where a function of the script runs without it.
type hostOnly struct{ name string }

var (
	_ starlark.Callable = (*hostOnly)(nil)
	_ starlark.HasAttrs = (*hostOnly)(nil)
)

func (h *hostOnly) String() string        { return "<" + h.name + " of the experiment>" }
func (h *hostOnly) Type() string          { return "host_only" }
func (h *hostOnly) Freeze()               {}
func (h *hostOnly) Truth() starlark.Bool  { return true }
func (h *hostOnly) Hash() (uint32, error) { return 0, errors.New("unhashable type: host_only") }
func (h *hostOnly) Name() string          { return h.name }

// Attr is there for what a newer host may offer and a file may use at its top level.
func (h *hostOnly) Attr(name string) (starlark.Value, error) {
	return &hostOnly{h.name + "." + name}, nil
}

// AttrNames lists nothing: the names are the host's.
func (h *hostOnly) AttrNames() []string { return nil }

// CallInternal does nothing at a file's top level: matrix(test_x, ...) is for the host that lists experiments.
func (h *hostOnly) CallInternal(thread *starlark.Thread, _ starlark.Tuple, _ []starlark.Tuple) (starlark.Value, error) {
	if thread.Local(topLevel) != nil {
		return h, nil
	}
	return nil, Errorf("a function that runs in a plugin can compute and return a value, and nothing else",
		"%s belongs to the experiment, and this function runs in a plugin", h.name)
}
