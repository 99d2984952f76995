package host

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/netlab-dev/netlab/lab/build"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/origin"
)

// A plugin's program may bring along copies of the built-in kinds, those of the lab that it was built with, so that in
// sim one program serves a whole topology.

// Own is the manifest without the kinds and modules that are the lab's own, there because the plugin was built together with them.
func (h *Host) Own(p *Plugin) *manifest.Manifest {
	own := *p.Manifest
	own.Kinds = p.own(h.builtin)
	own.Modules = slices.DeleteFunc(slices.Clone(own.Modules), func(m *manifest.Module) bool {
		return h.builtin != nil && m.Plugin == h.builtin.Manifest.Name
	})
	return &own
}

// own are the kinds of a plugin that are no copies of the built-in ones.
func (p *Plugin) own(builtin *Plugin) []*manifest.Kind {
	return slices.DeleteFunc(slices.Clone(p.Manifest.Kinds), func(k *manifest.Kind) bool { return p.copied(k, builtin) })
}

// copied tells whether a plugin has a kind as a copy of a built-in one. The manifest says where a kind comes from; the
// programs of a lab that did not say so have all of its kinds or none, and so one at least that has never changed since.
func (p *Plugin) copied(kind *manifest.Kind, builtin *Plugin) bool {
	switch {
	case builtin == nil || p.Builtin:
		return false
	case p.Manifest.Lab != "" || kind.Plugin != "":
		return kind.Plugin == builtin.Manifest.Name
	}
	same := func(a *manifest.Kind) func(b *manifest.Kind) bool {
		return func(b *manifest.Kind) bool {
			moved := *b
			moved.Plugin, moved.PluginVersion = a.Plugin, a.PluginVersion
			return reflect.DeepEqual(a, &moved)
		}
	}
	named := slices.ContainsFunc(builtin.Manifest.Kinds, func(k *manifest.Kind) bool { return k.Name == kind.Name })
	return named && slices.ContainsFunc(p.Manifest.Kinds, func(k *manifest.Kind) bool {
		return slices.ContainsFunc(builtin.Manifest.Kinds, same(k))
	})
}

// Skew says why nodes of a plugin cannot live in a sim world of this lab: its program was built with other sources of
// lab, and would run another kernel and other built-in kinds. It is "" when they can, also for a program that is not
// built with the sdk at all.
func (h *Host) Skew(p *Plugin) string {
	if h.builtin == nil || p.Builtin {
		return ""
	}
	own := h.builtin.Manifest
	theirs, ours := p.Manifest.Lab, own.Lab
	copies := slices.ContainsFunc(p.Manifest.Kinds, func(k *manifest.Kind) bool { return p.copied(k, h.builtin) })
	switch {
	case theirs == "" && !copies:
		return ""
	case theirs == "":
		theirs = "of unknown version"
	case origin.Same(theirs, ours):
		i := slices.IndexFunc(p.Manifest.Kinds, func(k *manifest.Kind) bool {
			return p.copied(k, h.builtin) && !origin.Same(k.PluginVersion, own.Version)
		})
		if i < 0 {
			return ""
		}
		theirs, ours = p.Manifest.Kinds[i].PluginVersion, own.Version
	}
	return fmt.Sprintf("plugin %s was built with lab %s, this is %s: %s", p.Name, theirs, ours, p.remedy())
}

// remedy is what makes a plugin and this lab one version.
func (p *Plugin) remedy() string {
	switch lab := build.Netlab(); {
	case !p.built:
		return "rebuild it"
	case lab.Dir != "":
		return "build lab again, its sources at " + lab.Dir + " have changed"
	}
	return "let its go.mod require that version of lab"
}
