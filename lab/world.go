package lab

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
)

// worldOf chooses the program that holds all nodes of a sim world. Package directories are built together into one; else
// it is the first plugin that brings the built-in kinds along as this lab has them, at last the built-in one.
func (b *session) worldOf(plugins []*host.Plugin) (*host.Plugin, error) {
	var directories []string
	for _, p := range plugins {
		if p.Directory != "" {
			directories = append(directories, p.Directory)
		}
	}
	if len(directories) > 1 {
		if p, err := b.host.Compose(directories); err != nil || b.host.Skew(p) == "" {
			return p, err
		}
	}
	for _, p := range plugins {
		if b.host.Skew(p) == "" && servesAll(p, b.host.Builtin().Manifest.Kinds) {
			return p, nil
		}
	}
	return b.host.Builtin(), nil
}

func servesAll(p *host.Plugin, kinds []*manifest.Kind) bool {
	for _, kind := range kinds {
		if !slices.ContainsFunc(p.Manifest.Kinds, func(k *manifest.Kind) bool { return k.Name == kind.Name }) {
			return false
		}
	}
	return true
}

// unserved says why the program of a sim world does not serve a kind that this lab knows.
func (b *session) unserved(s *stock, kind string) error {
	_, p, ok := s.catalog.Kind(kind)
	if !ok {
		return nil
	}
	if skew := b.host.Skew(p); skew != "" {
		return &trouble.Error{Class: trouble.Plugin, Text: skew}
	}
	here, remedy := "the built-in ones are in lab", "name its directory"
	if !s.world.Builtin {
		here, remedy = b.whereKinds(s.world), "name their directories"
	}
	return &trouble.Error{
		Text: fmt.Sprintf("in sim all kinds of a run live in one program: %s, %s in %s; %s",
			here, kind, filepath.Base(p.Path), remedy),
		Hint: `plugin("./DIR") of each Go package with func Plugin() sdk.Plugin: lab builds them together with its own kinds, ` +
			"which it cannot do for a package main; or --engine live",
	}
}

// whereKinds says which kinds a program has of its own.
func (b *session) whereKinds(p *host.Plugin) string {
	var names []string
	for _, kind := range b.host.Own(p).Kinds {
		names = append(names, kind.Name)
	}
	verb := "is"
	if len(names) > 1 {
		verb = "are"
	}
	return fmt.Sprintf("%s %s in %s", strings.Join(names, ", "), verb, filepath.Base(p.Path))
}
