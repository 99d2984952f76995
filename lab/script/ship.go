package script

import (
	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/star"
)

// function converts a value for a parameter that must be a function.
func function(v starlark.Value) (any, bool, error) {
	switch v := v.(type) {
	case *starlark.Function, *starlark.Builtin, *star.Sent:
		value, err := star.ToValue(v)
		return value, true, err
	}
	return nil, false, nil
}
