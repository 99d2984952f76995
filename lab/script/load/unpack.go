package load

import (
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/spell"
	"github.com/netlab-dev/netlab/sdk/star"
)

// UnpackArgs is starlark.UnpackArgs, whose error for an unknown argument offers the nearest name or lists all.
func UnpackArgs(fn string, args starlark.Tuple, kwargs []starlark.Tuple, pairs ...any) error {
	err := starlark.UnpackArgs(fn, args, kwargs, pairs...)
	if err == nil {
		return nil
	}
	wrong, unexpected := strings.CutPrefix(err.Error(), fn+`: unexpected keyword argument "`)
	if !unexpected {
		return err
	}
	wrong, _, _ = strings.Cut(wrong, `"`)
	var names []string
	for i := 0; i < len(pairs); i += 2 {
		names = append(names, strings.TrimRight(pairs[i].(string), "?"))
	}
	msg, hint := spell.Unknown("argument", wrong, names)
	return star.Errorf(hint, "%s: %s", fn, msg)
}
