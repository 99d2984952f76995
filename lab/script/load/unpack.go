package load

import (
	"errors"
	"strings"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/spell"
	"github.com/netlab-dev/netlab/sdk/star"
)

// Missing is the error of a call without an argument that it needs. Its hint is the form of the call in a script.
type Missing struct{ error }

func (m *Missing) Unwrap() error { return m.error }

// UnpackArgs is starlark.UnpackArgs, whose error for an unknown argument offers the nearest name or lists all, and for a
// missing one shows the form of the call.
func UnpackArgs(fn string, args starlark.Tuple, kwargs []starlark.Tuple, pairs ...any) error {
	err := starlark.UnpackArgs(fn, args, kwargs, pairs...)
	if err == nil {
		return nil
	}
	err = errors.New(strings.NewReplacer("want callable", "want a function", "want iterable", "want a list").Replace(err.Error()))
	var names, form []string
	for i := 0; i < len(pairs); i += 2 {
		name, _, optional := strings.Cut(pairs[i].(string), "?")
		names = append(names, name)
		if optional {
			name += " = ..."
		}
		form = append(form, name)
	}
	if strings.HasPrefix(err.Error(), fn+": missing argument for ") {
		return &Missing{star.Errorf(fn+"("+strings.Join(form, ", ")+")", "%s", err)}
	}
	wrong, unexpected := strings.CutPrefix(err.Error(), fn+`: unexpected keyword argument "`)
	if !unexpected {
		return err
	}
	wrong, _, _ = strings.Cut(wrong, `"`)
	msg, hint := spell.Unknown("argument", wrong, names)
	return star.Errorf(hint, "%s: %s", fn, msg)
}
