package serve

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/manifest"
)

// modulesOf are the files that scripts load from a plugin, and those of the plugins that it joins. Of two with one name
// and one text the first counts; different texts are an error.
func modulesOf(p *sdk.Plugin) ([]*manifest.Module, error) {
	all, err := ownModules(p)
	if err != nil {
		return nil, err
	}
	known := map[string]string{}
	for _, m := range all {
		known[m.Name] = m.Text
	}
	for _, part := range parts(p) {
		theirs, err := modulesOf(part)
		if err != nil {
			return nil, err
		}
		for _, m := range theirs {
			switch text, taken := known[m.Name]; {
			case !taken:
				known[m.Name] = m.Text
				m.Plugin = part.Name
				all = append(all, m)
			case text != m.Text:
				return nil, fmt.Errorf("module @%s: plugin %s has another text of it", m.Name, part.Name)
			}
		}
	}
	return all, nil
}

// parts are the plugins that Join has made one of.
func parts(p *sdk.Plugin) []*sdk.Plugin {
	var all []*sdk.Plugin
	for _, k := range p.Kinds {
		if k.From != nil && !slices.Contains(all, k.From) {
			all = append(all, k.From)
		}
	}
	return all
}

// ownModules reads modules/NAME/*.star, where NAME is the plugin's.
func ownModules(p *sdk.Plugin) ([]*manifest.Module, error) {
	if p.Modules == nil {
		return nil, nil
	}
	var all []*manifest.Module
	err := fs.WalkDir(p.Modules, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(file) != ".star" {
			return err
		}
		if path.Dir(file) != "modules/"+p.Name {
			return fmt.Errorf("module %s: want modules/%s/FILE.star, for it is the plugin %s", file, p.Name, p.Name)
		}
		text, err := fs.ReadFile(p.Modules, file)
		if err == nil && !utf8.Valid(text) {
			err = fmt.Errorf("module %s: want text in UTF-8", file)
		}
		all = append(all, &manifest.Module{Name: strings.TrimPrefix(file, "modules/"), Text: string(text)})
		return err
	})
	return all, err
}
