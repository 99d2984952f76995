package script

import (
	"fmt"
	"slices"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/spell"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// linkNodes is lab.link(a, b, oneway = False, lasting = None, **profile) -> fault: changes the named fields of the
// links between a and b. Healing it makes them what they were.
var linkNodes = verb{"link", "link NODE NODE [latency=20ms] [loss=0.01] [rate=1mbit] [oneway=True] [lasting=5s]", func(r *run, c call) (starlark.Value, error) {
	var a, b starlark.Value
	var oneway bool
	var lasting lifetime
	var own, profile []starlark.Tuple
	for _, kw := range c.kwargs {
		switch kw[0].(starlark.String) {
		case "a", "b", "oneway", "lasting":
			own = append(own, kw)
		default:
			profile = append(profile, kw)
		}
	}
	if err := load.UnpackArgs("lab.link", c.args, own,
		"a", &a, "b", &b, "oneway?", &oneway, "lasting??", &lasting); err != nil {
		return nil, err
	}
	from, to, err := r.ends("lab.link", a, b)
	if err != nil {
		return nil, err
	}
	patch, err := readPatch("lab.link", profile)
	if err != nil {
		return nil, err
	}
	r.shortest.links(patch)
	change := func(id engine.FaultID, links []engine.Pair) engine.Change {
		return engine.SetLink{Fault: id, Links: links, Patch: patch}
	}
	links := between(from, to, oneway)
	return r.fault(&fault{verb: "link", patch: patch, links: links}, lasting, links, change)
}}

// readPatch reads the fields of a profile. At least one must be named.
func readPatch(what string, kwargs []starlark.Tuple) (engine.Patch, error) {
	patch := engine.Patch{}
	if len(kwargs) == 0 {
		return patch, star.Errorf(what+"(..., latency = 5*ms)", "%s: names no field of the profile", what)
	}
	for _, kw := range kwargs {
		name := string(kw[0].(starlark.String))
		if err := readField(patch, name, kw[1]); err != nil {
			return patch, fmt.Errorf("%s: %w", what, err)
		}
	}
	return patch, nil
}

func readField(patch engine.Patch, name string, v starlark.Value) (err error) {
	var names []string
	for _, f := range link.Fields {
		names = append(names, f.Name)
	}
	i := slices.Index(names, name)
	if i < 0 {
		msg, hint := spell.Unknown("field", name, slices.Compact(names))
		return &star.Error{Msg: msg, Hint: hint}
	}
	switch link.Fields[i].Zero.(type) {
	case link.Draw:
		patch[name], err = fromZero(v, "a delay cannot be negative")
	case float64:
		patch[name], err = chance(v)
	case link.Rate:
		patch[name], err = capacity(v)
	default:
		patch[name], err = size(v)
	}
	switch model := v.(type) { // which stands in the place of a number
	case star.Burst:
		if name == "loss" {
			patch[name], err = link.Burst(model), nil
		}
	case star.Codel:
		if name == "queue" {
			patch[name], err = link.Codel(model), nil
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// fromZero reads a draw that is not below 0, for the reason that is given.
func fromZero(v starlark.Value, why string) (link.Draw, error) {
	d, err := star.AsDraw(v)
	if err == nil && d.A < 0 {
		return d, star.Errorf(why+": want 0*ms or more", "%s is below 0", value.Short(d.A))
	}
	return d, err
}

func chance(v starlark.Value) (float64, error) {
	p, ok := starlark.AsFloat(v)
	if _, uncalled := v.(starlark.Callable); uncalled {
		return 0, star.Errorf("call it: burst(bad = 0.005, good = 0.1)", "got a function, want a probability from 0 to 1")
	}
	if !ok {
		hint := "10 % is 0.1"
		if _, text := v.(starlark.String); text {
			hint += ", without quotation marks"
		}
		return 0, star.Errorf(hint, "got %s, want a probability from 0 to 1", v.Type())
	}
	if !(p >= 0 && p <= 1) {
		return 0, star.Errorf("1 % is 0.01", "got %s, want a probability from 0 to 1", star.Show(v, maxShown))
	}
	return p, nil
}

func capacity(v starlark.Value) (link.Rate, error) {
	rate, err := star.AsRate(v)
	if err == nil && rate <= 0 {
		return 0, star.Errorf("leave rate out for an unlimited link, and cut one that carries nothing: lab.cut(a, b)",
			"got %s, want more than 0bit", value.FormatRate(rate))
	}
	return rate, err
}

// size reads a number of bytes; 0 means no limit.
func size(v starlark.Value) (int64, error) {
	n, ok := v.(starlark.Int)
	if _, uncalled := v.(starlark.Callable); uncalled {
		return 0, star.Errorf("call it: queue = codel(), or codel(target = 5*ms)", "got a function, want a size")
	}
	if !ok {
		return 0, star.Errorf("sizes are whole numbers of bytes: 64*KiB", "got %s, want a size", v.Type())
	}
	bytes, ok := n.Int64()
	if !ok || bytes < 0 || bytes > 1<<40 {
		return 0, fmt.Errorf("got %s bytes, want 0 to 1 TiB", n)
	}
	return bytes, nil
}
