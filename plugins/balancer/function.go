package balancer

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/star"
)

// chooseFunctions understands a strategy that a script has written: a function, which is its pick, or what
// strategy(...) makes. The functions run in this process; no call goes back to the script. table is where the fallback
// is looked up. The choice is for one balancer: it holds the state that init has made.
func chooseFunctions(value any, table []Named) (choice, error) {
	var parts sdk.Fields
	switch v := value.(type) {
	case sdk.Function:
		parts = sdk.Fields{{Name: "pick", Value: v}}
	case sdk.Fields:
		parts = v
	default:
		return choice{}, fmt.Errorf("strategy: got %T, want a name, a function(backends, request), or strategy(...)", value)
	}
	d, err := define(parts, table)
	if err != nil {
		return choice{}, fmt.Errorf("strategy: %w", err)
	}
	return choice{d.label(), func(seed uint64, failed func(error)) strategy.Strategy {
		s := &scripted{definition: *d, fallback: d.named.New(seed), failed: failed}
		s.Update(nil)
		return s
	}}, nil
}

// definition is what the script has given: pick or score, the others where it wants them.
type definition struct {
	pick, score, init, done *star.Callable
	named                   Named // the fallback

	state starlark.Value // what init has made; nil without init
}

func define(parts sdk.Fields, table []Named) (*definition, error) {
	d := &definition{}
	fallback := strategy.Default
	slots := map[string]**star.Callable{"pick": &d.pick, "score": &d.score, "init": &d.init, "done": &d.done}
	for _, part := range parts {
		slot := slots[part.Name]
		name, isName := part.Value.(string)
		fn, isFunction := part.Value.(sdk.Function)
		switch {
		case part.Name == "fallback" && isName:
			fallback = name
		case part.Name == "fallback":
			return nil, fmt.Errorf("fallback: got %T, want the name of a strategy", part.Value)
		case slot == nil:
			return nil, fmt.Errorf("got a part %q, want pick, init, done, score or fallback", part.Name)
		case part.Value == nil:
		case !isFunction:
			return nil, fmt.Errorf("%s: got %T, want a function", part.Name, part.Value)
		default:
			var err error
			if *slot, err = star.Rebuild(fn, nil); err != nil {
				return nil, fmt.Errorf("%s: %w", part.Name, err)
			}
		}
	}
	var ok bool
	if d.named, ok = strategy.Find(table, fallback); !ok {
		return nil, fmt.Errorf("fallback: unknown strategy %q; strategies are %s", fallback, listOf(table))
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	return d, d.begin()
}

// check looks at which functions there are, and what they take.
func (d *definition) check() error {
	switch {
	case d.pick == nil && d.score == nil:
		return errors.New("has neither pick nor score")
	case d.pick != nil && d.score != nil:
		return errors.New("has both pick and score, want one of them")
	case d.score != nil && (d.init != nil || d.done != nil):
		return errors.New("init and done go with pick, not with score")
	}
	state := []string{"state"}
	if d.init == nil {
		state = nil
	}
	for _, part := range []struct {
		name   string
		fn     *star.Callable
		params []string
	}{
		{"pick", d.pick, append([]string{"backends", "request"}, state...)},
		{"score", d.score, []string{"backend"}},
		{"init", d.init, nil},
		{"done", d.done, append([]string{"backend", "result"}, state...)},
	} {
		if part.fn == nil {
			continue
		}
		if err := part.fn.Accepts(part.params...); err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
	}
	return nil
}

// begin makes the state.
func (d *definition) begin() error {
	if d.init == nil {
		return nil
	}
	var err error
	if d.state, err = d.init.Call(); err != nil {
		return star.Mistake("init", err)
	}
	return nil
}

// label says in a word what the strategy is.
func (d *definition) label() string {
	fn := d.pick
	if fn == nil {
		fn = d.score
	}
	return fmt.Sprintf("%s (%s)", fn.Name(), fn.Position())
}
