package load

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"strings"
)

// plugin adds the kinds of the plugin that a file names. The kinds are known to every file of the same load: a helper
// may add nodes of a kind that the experiment's file has declared.
func (l *loading) plugin(m *module, name string) error {
	if l.options.Plugin == nil {
		return errors.New("plugin: no plugins can be loaded here")
	}
	if strings.HasPrefix(m.path, "@") {
		return errors.New("plugin: a file of a plugin declares no plugins")
	}
	target := name
	if !path.IsAbs(name) {
		target = path.Join(path.Dir(m.path), name)
	}
	l.unwatch() // a build is no work of the script's
	manifest, err := l.options.Plugin(target)
	l.watch()
	if err != nil {
		return fmt.Errorf("plugin %s: %w", name, err)
	}
	if err := l.addModules(manifest.Modules); err != nil {
		return fmt.Errorf("plugin %s: %w", name, err)
	}
	for _, kind := range manifest.Kinds {
		if other, taken := l.file.plugins[kind.Name]; taken && other != target {
			return fmt.Errorf("plugin %s: kind %q is already served by %s", name, kind.Name, other)
		} else if !taken {
			l.file.plugins[kind.Name] = target
			l.file.kinds = append(l.file.kinds, kind)
		}
	}
	return nil
}

// Plugins maps the kinds declared by plugin() to the path of the plugin that serves them.
func (f *File) Plugins() map[string]string { return maps.Clone(f.plugins) }
