package host

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/netlab-dev/netlab/sdk/manifest"
)

// Notice is something a user should know and nothing has failed by: a kind that hides another, a broken plugin that
// nobody asked for.
type Notice struct {
	Path string // of the plugin
	Text string
}

// Catalog says which plugin serves a kind. The zero Catalog is empty.
type Catalog struct {
	kinds map[string]served
}

type served struct {
	kind   *manifest.Kind
	plugin *Plugin
}

// NewCatalog makes a catalog of plugins, most important first: of two that serve one kind, the first has it. Each kind
// that is hidden this way is a notice, unless both are the same. Copies of the built-in kinds, in plugins that were built
// together with them, take nobody's place: they may be older ones. Nil plugins are left out.
func NewCatalog(plugins ...*Plugin) (*Catalog, []Notice) {
	plugins = slices.DeleteFunc(plugins, func(p *Plugin) bool { return p == nil })
	var builtin *Plugin
	if i := slices.IndexFunc(plugins, func(p *Plugin) bool { return p.Builtin }); i >= 0 {
		builtin = plugins[i]
	}
	c := &Catalog{kinds: map[string]served{}}
	var notices []Notice
	for _, p := range plugins {
		for _, kind := range p.own(builtin) {
			first, taken := c.kinds[kind.Name]
			switch {
			case !taken:
				c.kinds[kind.Name] = served{kind, p}
			case reflect.DeepEqual(first.kind, kind):
			case p.Builtin:
				notices = append(notices, Notice{first.plugin.Path, fmt.Sprintf(
					"kind %s: that of plugin %s (%s) takes the place of the built-in one",
					kind.Name, first.plugin.Name, first.plugin.Path)})
			default:
				notices = append(notices, Notice{p.Path, fmt.Sprintf(
					"kind %s: that of plugin %s (%s) comes before that of plugin %s (%s)",
					kind.Name, first.plugin.Name, first.plugin.Path, p.Name, p.Path)})
			}
		}
	}
	return c, notices
}

// Kind returns a kind and the plugin that serves it.
func (c *Catalog) Kind(name string) (*manifest.Kind, *Plugin, bool) {
	s, ok := c.kinds[name]
	return s.kind, s.plugin, ok
}

// Names are the names of all kinds, sorted.
func (c *Catalog) Names() []string {
	names := make([]string, 0, len(c.kinds))
	for name := range c.kinds {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
