package balancer

import (
	"fmt"
	"strings"

	"github.com/netlab-dev/netlab/plugins/balancer/strategy"
	"github.com/netlab-dev/netlab/sdk/spell"
)

// Named is a strategy under the name by which configurations choose it.
type Named = strategy.Named

// choice is the strategy that a configuration asks for.
type choice struct {
	label string // for people
	make  func(seed uint64, failed func(error)) strategy.Strategy
}

// choose understands the parameter strategy.
func choose(value any, table []Named) (choice, error) {
	name, ok := value.(string)
	if !ok {
		return chooseFunctions(value, table)
	}
	named, ok := strategy.Find(table, name)
	if !ok {
		return choice{}, unknown(name, table)
	}
	return choice{name, func(seed uint64, _ func(error)) strategy.Strategy { return named.New(seed) }}, nil
}

// unknown says what could have been meant.
func unknown(name string, table []Named) error {
	meant := ""
	if near := spell.Nearest(name, names(table)); near != "" {
		meant = fmt.Sprintf(" (did you mean %q?)", near)
	}
	return fmt.Errorf("strategy: unknown strategy %q%s; strategies are %s", name, meant, listOf(table))
}

func names(table []Named) []string {
	names := make([]string, len(table))
	for i, named := range table {
		names[i] = named.Name
	}
	return names
}

func listOf(table []Named) string { return strings.Join(names(table), ", ") }
