package load

import (
	"errors"
	"fmt"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/star"
)

// strategyValue is what strategy(...) makes: a struct of functions that prints as the call that made it, and travels to
// the balancer as any struct does.
type strategyValue struct{ *record }

type record = star.Record

var _ star.Recorded = strategyValue{}

func (s strategyValue) String() string { return "strategy(" + s.Text() + ")" }

// WriteText is String for a text that is bounded.
func (s strategyValue) WriteText(text func(string) error, value func(starlark.Value) error) error {
	if err := text("strategy("); err != nil {
		return err
	}
	if err := s.WriteFields(text, value); err != nil {
		return err
	}
	return text(")")
}

const strategyUsage = "strategy(pick = fn(backends, request)), strategy(score = fn(backend)), or " +
	"strategy(init = fn(), pick = fn(backends, request, state), done = fn(backend, result, state))"

// strategyBuiltin is strategy(pick = None, init = None, done = None, score = None, fallback = "round_robin"): how a
// balancer chooses among its backends. fallback names the strategy that takes over when a function fails.
func strategyBuiltin(
	_ *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var pick, init, done, score starlark.Value
	fallback := "round_robin"
	if err := starlark.UnpackArgs(b.Name(), args, kwargs,
		"pick??", &pick, "init??", &init, "done??", &done, "score??", &score, "fallback?", &fallback); err != nil {
		return nil, err
	}
	switch {
	case pick == nil && score == nil:
		return nil, star.Errorf(strategyUsage, "strategy: has neither pick nor score")
	case pick != nil && score != nil:
		return nil, star.Errorf(strategyUsage, "strategy: has both pick and score, want one of them")
	case score != nil && (init != nil || done != nil):
		return nil, star.Errorf(strategyUsage, "strategy: init and done go with pick, not with score")
	case fallback == "":
		return nil, errors.New("strategy: fallback: got an empty text, want the name of a strategy")
	}
	var fields []starlark.Tuple
	add := func(name string, v starlark.Value, params ...string) error {
		if v == nil {
			fields = append(fields, starlark.Tuple{starlark.String(name), starlark.None})
			return nil
		}
		fields = append(fields, starlark.Tuple{starlark.String(name), v})
		return callableWith(name, v, params)
	}
	var err error
	switch {
	case score != nil:
		err = add("score", score, "backend")
	case init != nil:
		err = errors.Join(add("pick", pick, "backends", "request", "state"), add("init", init),
			add("done", done, "backend", "result", "state"))
	default:
		err = errors.Join(add("pick", pick, "backends", "request"), add("init", init), add("done", done, "backend", "result"))
	}
	if err != nil {
		return nil, err
	}
	fields = append(fields, starlark.Tuple{starlark.String("fallback"), starlark.String(fallback)})
	return strategyValue{star.StructOf(fields)}, nil
}

// callableWith checks that a strategy's function can be called with these parameters.
func callableWith(name string, v starlark.Value, params []string) error {
	switch v := v.(type) {
	case *starlark.Function:
		if err := star.Accepts(v, params...); err != nil {
			return star.Errorf(strategyUsage, "strategy: %s: %v", name, err)
		}
		return nil
	case *star.Sent:
		return nil // the balancer that gets it checks it
	case *starlark.Builtin:
		_, err := star.ToValue(v)
		return fmt.Errorf("strategy: %s: %w", name, err)
	}
	return star.Errorf(strategyUsage, "strategy: %s: got %s, want a function", name, v.Type())
}
