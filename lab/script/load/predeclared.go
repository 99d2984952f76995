package load

import (
	"errors"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/sdk/star"
)

// LocalKey is where a Starlark thread keeps what it belongs to: a *toplevel while a file is loaded, a Running in a run.
const LocalKey = "lab"

// toplevel is what the thread of a file's top level belongs to.
type toplevel struct {
	loading *loading
	module  *module
}

// Running is what a thread of a run belongs to: it carries out the words that mean something there only.
type Running interface {
	// Word is check, expect, linearizable, or one of the names that rewritten code calls, as the builtin is called.
	Word(*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple) (starlark.Value, error)
}

// predeclared are the names that every file knows. All values are immutable, so that runs may share them.
var predeclared = makePredeclared()

func makePredeclared() starlark.StringDict {
	names := star.Predeclared()
	for name, fn := range map[string]func(
		*starlark.Thread, *starlark.Builtin, starlark.Tuple, []starlark.Tuple,
	) (starlark.Value, error){
		"matrix": matrixBuiltin, "plugin": pluginBuiltin,
		"check": wordOfRun, "expect": wordOfRun, "linearizable": wordOfRun,
		SiteWord: wordOfRun, NoteWord: wordOfRun, ProbeWord: wordOfRun, EachWord: wordOfRun,
		UnusedWord: wordOfRun, NeverWord: wordOfRun,
	} {
		names[name] = Builtin(name, fn)
	}
	for word := range movedWords {
		names[word] = starlark.None // each file that uses it gets it by loadMovedWords
	}
	names.Freeze()
	return names
}

// wordOfRun is a word of running experiments. At top level what notes values has nothing to note them for.
func wordOfRun(
	thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	if r, ok := thread.Local(LocalKey).(Running); ok {
		return r.Word(thread, b, args, kwargs)
	}
	switch b.Name() {
	case SiteWord, NoteWord, ProbeWord, EachWord, UnusedWord, NeverWord:
		return args[len(args)-1], nil
	}
	return nil, errors.New(b.Name() + " belongs inside an experiment: nothing runs at top level")
}

// pluginBuiltin declares a plugin's kinds: plugin("./sticky") at the top level of a file.
func pluginBuiltin(
	thread *starlark.Thread, b *starlark.Builtin, args starlark.Tuple, kwargs []starlark.Tuple,
) (starlark.Value, error) {
	var path string
	if err := starlark.UnpackArgs(b.Name(), args, kwargs, "path", &path); err != nil {
		return nil, err
	}
	top, ok := thread.Local(LocalKey).(*toplevel)
	if !ok {
		return nil, errors.New("plugin belongs at the top level of a file, so that its kinds are known before anything runs")
	}
	return starlark.None, top.loading.plugin(top.module, path)
}
