package script

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/netlab-dev/netlab/sdk/value"
)

// programs puts modules in the place of the paths among the values of a call that differ from those that were there before
// it. A path is relative to the file of the call. What that takes is no time of the run.
func (r *run) programs(what string, p *params, before, values value.Fields) error {
	for i, spec := range p.list {
		given, ok := values[i].Value.(string)
		if !spec.program || !ok || r.options.Program == nil || value.Equal(before[i].Value, given) {
			continue
		}
		target := given
		if caller := r.here().File; !path.IsAbs(given) {
			if strings.HasPrefix(caller, "@") { // a module of a plugin lies nowhere
				caller = r.file.Path
			}
			target = path.Join(path.Dir(caller), given)
		}
		var module string
		var err error
		r.watched.Aside(func() { module, err = r.options.Program(target) })
		if err != nil {
			return hinting(what+": "+spec.name, err)
		}
		values[i].Value = module
	}
	return nil
}

// hinting is an error of the host's as one of the script's, with what to do about it.
func hinting(what string, err error) error {
	var known *trouble.Error
	if errors.As(err, &known) {
		return &star.Error{Msg: what + ": " + known.Error(), Hint: known.Hint}
	}
	return fmt.Errorf("%s: %w", what, err)
}
