package load

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.starlark.net/resolve"
	"go.starlark.net/starlark"
	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/spell"
)

// Files and words that were the lab's before plugins brought them along. They go with the next version.
var (
	movedFiles = map[string]string{"@lab/raft.star": "@raft/cluster.star"}
	movedWords = map[string]string{"strategy": "@balancer/strategy.star"}
)

// addModules makes the modules of a plugin known to loads from here on.
func (l *loading) addModules(list []*manifest.Module) error {
	for _, m := range list {
		name := "@" + m.Name
		if text, known := l.modules[name]; known && text != m.Text {
			return fmt.Errorf("two plugins bring different texts of %s", name)
		}
		l.modules[name] = m.Text
	}
	return nil
}

// brought returns the text of a file that a plugin has brought along: @NAME/FILE.
func (l *loading) brought(name string) ([]byte, error) {
	if text, ok := l.modules[name]; ok {
		return Text(name, []byte(text))
	}
	plugin, _, _ := strings.Cut(name, "/")
	if found, err := l.install(strings.TrimPrefix(plugin, "@")); err != nil {
		return nil, err
	} else if found {
		return l.brought(name)
	}
	known := slices.Sorted(maps.Keys(l.modules))
	if slices.ContainsFunc(known, func(other string) bool { return strings.HasPrefix(other, plugin+"/") }) {
		msg, hint := spell.Unknown("file", name, known)
		return nil, &trouble.Error{Text: msg, Hint: hint}
	}
	e := &trouble.Error{Text: fmt.Sprintf("no plugin that is known here has a file %q", name)}
	e.Hint = fmt.Sprintf("write plugin(PATH) of the plugin %s above this load", strings.TrimPrefix(plugin, "@"))
	if near := spell.Nearest(name, known); near != "" {
		e.Hint = fmt.Sprintf("did you mean %q?", near)
	}
	return nil, e
}

// install makes the modules of an installed plugin known, once.
func (l *loading) install(plugin string) (found bool, err error) {
	if l.options.Installed == nil || l.installed[plugin] {
		return false, nil
	}
	l.installed[plugin] = true
	l.unwatch() // a start is no work of the script's
	m, err := l.options.Installed(plugin)
	l.watch()
	if err != nil || m == nil {
		return false, err
	}
	return true, l.addModules(m.Modules)
}

// moved is the present name of a file, with a notice where it has another one.
func (l *loading) moved(name string, pos trouble.Position) string {
	now, ok := movedFiles[name]
	if !ok {
		return name
	}
	l.notice(fmt.Sprintf("%s: %q is now %q; the old name ends with the next version", pos, name, now))
	return now
}

// loadMovedWords binds the words that a file uses without loading them.
func (l *loading) loadMovedWords(tree *syntax.File, names starlark.StringDict) error {
	used := map[string]trouble.Position{}
	syntax.Walk(tree, func(n syntax.Node) bool {
		id, ok := n.(*syntax.Ident)
		if !ok {
			return true
		}
		binding, ok := id.Binding.(*resolve.Binding)
		if _, known := used[id.Name]; ok && !known && binding.Scope == resolve.Predeclared && movedWords[id.Name] != "" {
			used[id.Name] = PositionOf(id.NamePos)
		}
		return true
	})
	for word, pos := range used {
		file := movedWords[word]
		m, err := l.load(file)
		if err != nil {
			return err
		}
		if names[word] = m.globals[word]; names[word] == nil {
			return fmt.Errorf("%s: %s has no %s", pos, file, word)
		}
		l.notice(fmt.Sprintf("%s: load(%q, %q) brings %[3]s; without it the word ends with the next version", pos, file, word))
	}
	return nil
}

func (l *loading) notice(text string) {
	if l.options.Notice != nil {
		l.options.Notice(text)
	}
}
