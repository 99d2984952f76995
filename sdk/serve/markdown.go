package serve

import (
	"fmt"
	"strings"

	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/value"
)

// Markdown writes the reference of a plugin's kinds.
func Markdown(m *manifest.Manifest) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s %s\n", m.Name, m.Version)
	paragraph(&b, m.Doc)
	for _, k := range m.Kinds {
		b.WriteString("\n" + KindMarkdown(k))
	}
	return b.String()
}

// KindMarkdown writes the reference of one kind. It begins with a heading of the second level.
func KindMarkdown(k *manifest.Kind) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n", k.Name)
	paragraph(&b, k.Doc)
	fmt.Fprintf(&b, "\n```python\n%s\n```\n", addLine(k))
	if len(k.Config) > 0 {
		b.WriteString("\n| parameter | type | default | |\n|---|---|---|---|\n")
		for _, p := range k.Config {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.Name, p.Type.String(), defaultText(p), cell(configDoc(p)))
		}
	}
	methods(&b, "node", k.Methods)
	for _, o := range k.Objects {
		fmt.Fprintf(&b, "\n### %s\n", o.Name)
		paragraph(&b, o.Doc)
		if len(o.Fields) > 0 {
			b.WriteString("\n")
		}
		fields(&b, "", o.Fields)
		methods(&b, o.Name, o.Methods)
	}
	if len(k.Events) > 0 {
		b.WriteString("\nEvents:\n\n")
		for _, e := range k.Events {
			fmt.Fprintf(&b, "- `%s`\n", e.Name)
			fields(&b, "  ", e.Fields)
		}
	}
	if len(k.Messages) > 0 {
		b.WriteString("\nMessages:\n\n")
		for _, m := range k.Messages {
			fmt.Fprintf(&b, "- `%s`%s\n", m.Name, after(m.Doc))
			fields(&b, "  ", m.Fields)
		}
	}
	return b.String()
}

func paragraph(b *strings.Builder, text string) {
	if text != "" {
		fmt.Fprintf(b, "\n%s\n", text)
	}
}

// addLine shows how a script adds the kind: with what it must give.
func addLine(k *manifest.Kind) string {
	line := fmt.Sprintf("lab.add(%q", k.Name)
	for _, p := range k.Config {
		if !p.HasDefault {
			line += fmt.Sprintf(", %s = ...", p.Name)
		}
	}
	return line + ")"
}

func configDoc(p *manifest.Parameter) string {
	var notes []string
	switch limits := p.Limits.String(); {
	case p.Main:
		notes = append(notes, "the node's main address")
	case limits != "":
		notes = append(notes, limits)
	}
	if p.Live {
		notes = append(notes, "may change while the node runs")
	}
	if len(notes) == 0 {
		return p.Doc
	}
	return strings.TrimSpace(p.Doc + " (" + strings.Join(notes, "; ") + ")")
}

func methods(b *strings.Builder, owner string, list []*manifest.Method) {
	if len(list) == 0 {
		return
	}
	b.WriteString("\n")
	for _, m := range list {
		var args []string
		for _, a := range m.Arguments {
			arg := a.Name
			if a.HasDefault {
				arg += "=" + value.Format(a.Default)
			}
			args = append(args, arg)
		}
		fmt.Fprintf(b, "- `%s.%s(%s)`", owner, m.Name, strings.Join(args, ", "))
		if r := m.Result; r != nil {
			fmt.Fprintf(b, " -> %s", r.Type.String())
		}
		b.WriteString(after(m.Doc) + "\n")
		for _, a := range m.Arguments {
			if a.Doc != "" {
				fmt.Fprintf(b, "  - `%s` (%s): %s\n", a.Name, a.Type.String(), a.Doc)
			}
		}
		if r := m.Result; r != nil {
			fields(b, "  ", r.Fields)
		}
	}
}

func after(doc string) string {
	if doc == "" {
		return ""
	}
	return ": " + doc
}

// fields lists them one below the other, and below each one those of its struct.
func fields(b *strings.Builder, indent string, list []*manifest.Parameter) {
	for _, f := range list {
		fmt.Fprintf(b, "%s- `.%s` (%s)%s\n", indent, f.Name, f.Type.String(), after(fieldDoc(f)))
		fields(b, indent+"  ", f.Fields)
	}
}

func fieldDoc(f *manifest.Parameter) string {
	if f.Draw {
		return strings.TrimPrefix(f.Doc+"; reports show it over time", "; ")
	}
	return f.Doc
}

func defaultText(p *manifest.Parameter) string {
	if !p.HasDefault {
		return "must be given"
	}
	return "`" + strings.ReplaceAll(value.Format(p.Default), "|", `\|`) + "`"
}

func cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "|", `\|`), "\n", " ")
}
