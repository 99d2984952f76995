package script

import (
	"fmt"
	"slices"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/star"
)

var atMostOne = load.Builtin("at_most_one", func(
	_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var per, of string
	if err := load.UnpackArgs("at_most_one", args, kwargs, "per", &per, "of??", &of); err != nil {
		return nil, err
	}
	return b.Receiver().(*eventsValue).atMostOne(per, of)
})

// knownField refuses what no event of the name has, also when there was none: at most one would always hold.
func (e *eventsValue) knownField(name string) error {
	if slices.Contains((&eventValue{}).AttrNames(), name) {
		return nil
	}
	any := starlark.Tuple{starlark.String(name), starlark.None}
	return e.run.knownEvent("at_most_one", e.name, "", []starlark.Tuple{any})
}

// atMostOne finds the first value of the field per that more than one event has; or, when the field of is named, whose events
// differ in that.
func (e *eventsValue) atMostOne(per, of string) (starlark.Value, error) {
	holds := "at most one per " + per
	if of != "" {
		holds = fmt.Sprintf("at most one value of %s per %s", of, per)
		if err := e.knownField(of); err != nil {
			return nil, err
		}
	}
	if err := e.knownField(per); err != nil {
		return nil, err
	}
	firsts := starlark.NewDict(len(e.list))
	for _, event := range e.list {
		v, first, err := event.joins(firsts, per)
		if err != nil {
			return nil, err
		}
		if first == nil {
			continue
		}
		if of == "" {
			text := fmt.Sprintf("two with %s = %s: %s; %s", per, v, first, event)
			return &finding{text: text, about: []*eventValue{first, event}}, nil
		}
		if same, err := first.agrees(event, of); err != nil || !same {
			return e.disagreement(per, v, of), err
		}
	}
	return &finding{holds: true, text: holds}, nil
}

// joins is the value of the event's field, and the first event with that, which it may be itself.
func (e *eventValue) joins(firsts *starlark.Dict, per string) (v starlark.Value, first *eventValue, err error) {
	if v, err = e.field(per); err != nil {
		return nil, nil, err
	}
	before, found, err := firsts.Get(v)
	if err == nil && !found {
		err = firsts.SetKey(v, e)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("at_most_one: %w", err)
	}
	first, _ = before.(*eventValue)
	return v, first, nil
}

func (e *eventValue) field(name string) (starlark.Value, error) {
	v, err := e.Attr(name)
	if err != nil || v == nil {
		return nil, star.Errorf("fields: "+strings.Join(e.AttrNames(), ", "), "at_most_one: event %s has no field %q", e.event.Name, name)
	}
	return v, nil
}

func (e *eventValue) agrees(other *eventValue, of string) (bool, error) {
	a, err := e.field(of)
	if err != nil {
		return false, err
	}
	b, err := other.field(of)
	if err != nil {
		return false, err
	}
	return starlark.Equal(a, b)
}

// disagreement says which nodes have told which value. It is about those that most others contradict.
func (e *eventsValue) disagreement(per string, v starlark.Value, of string) *finding {
	var sides [][]*eventValue
	for _, event := range e.list {
		if is, err := event.field(per); err != nil || !same(is, v) {
			continue
		}
		i := slices.IndexFunc(sides, func(side []*eventValue) bool {
			agrees, _ := side[0].agrees(event, of)
			return agrees
		})
		if i < 0 {
			i, sides = len(sides), append(sides, nil)
		}
		sides[i] = append(sides[i], event)
	}
	slices.SortStableFunc(sides, func(a, b []*eventValue) int { return len(b) - len(a) })
	f := &finding{}
	var texts []string
	for i, side := range sides {
		texts = append(texts, sideText(side, of))
		if i > 0 || len(sides[1]) == len(side) {
			f.about = append(f.about, side[0])
		}
	}
	f.text = fmt.Sprintf("%d values of %s with %s = %s: %s", len(sides), of, per, v, strings.Join(texts, "; "))
	return f
}

func same(a, b starlark.Value) bool {
	is, err := starlark.Equal(a, b)
	return err == nil && is
}

// sideText is a value and the nodes that have told it, each once.
func sideText(side []*eventValue, of string) string {
	v, _ := side[0].field(of)
	var nodes []string
	for _, e := range side {
		if !slices.Contains(nodes, e.event.Node) {
			nodes = append(nodes, e.event.Node)
		}
	}
	return fmt.Sprintf("%s on %s", v, strings.Join(nodes, ", "))
}
