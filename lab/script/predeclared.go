package script

import (
	"errors"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/star"
)

// localKey is where a Starlark thread keeps what it belongs to: a *toplevel while a file is loaded, a *frame in a run.
const localKey = "lab"

// toplevel is what the thread of a file's top level belongs to.
type toplevel struct {
	loading *loading
	module  *module
}

// frame is what a Starlark thread of a run belongs to.
type frame struct {
	run     *run
	notes   notes
	counted uint64           // of the thread's steps, those in the run's budget already
	outer   *starlark.Thread // the one that called a function on this thread, nil for none
}

// predeclared are the names that every file knows. All values are immutable, so that runs may share them.
var predeclared = makePredeclared()

func makePredeclared() starlark.StringDict {
	names := star.Predeclared()
	for name, fn := range map[string]func(
		*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple,
	) (starlark.Value, error){
		"check": checkBuiltin, "expect": expectBuiltin, "matrix": matrixBuiltin, "plugin": pluginBuiltin,
		"strategy": strategyBuiltin, "linearizable": linearizableBuiltin,
		siteName: siteBuiltin, noteName: noteBuiltin, probeName: probeBuiltin,
	} {
		names[name] = own(name, fn)
	}
	names.Freeze()
	return names
}

// pluginBuiltin declares a plugin's kinds: plugin("./sticky") at the top level of a file.
func pluginBuiltin(
	thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var path string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "path", &path); err != nil {
		return nil, err
	}
	top, ok := thread.Local(localKey).(*toplevel)
	if !ok {
		return nil, errors.New("plugin belongs at the top level of a file, so that its kinds are known before anything runs")
	}
	return starlark.None, top.loading.plugin(top.module, path)
}
