package sdk

import (
	"fmt"
	"strings"

	"github.com/netlab-dev/netlab/sdk/wire"
)

// Markdown writes the reference of a plugin's kinds.
func Markdown(m *wire.Manifest) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s %s\n", m.GetName(), m.GetVersion())
	paragraph(&b, m.GetDoc())
	for _, k := range m.GetKinds() {
		b.WriteString("\n" + KindMarkdown(k))
	}
	return b.String()
}

// KindMarkdown writes the reference of one kind, beginning with a heading of the second level.
func KindMarkdown(k *wire.Kind) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## %s\n", k.GetName())
	paragraph(&b, k.GetDoc())
	fmt.Fprintf(&b, "\n```python\n%s\n```\n", addLine(k))
	if len(k.GetConfig()) > 0 {
		b.WriteString("\n| parameter | type | default | |\n|---|---|---|---|\n")
		for _, p := range k.GetConfig() {
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", p.GetName(), typeText(p.GetType()), defaultText(p), cell(configDoc(p)))
		}
	}
	methods(&b, "node", k.GetMethods())
	for _, o := range k.GetObjects() {
		fmt.Fprintf(&b, "\n### %s\n", o.GetName())
		paragraph(&b, o.GetDoc())
		for _, f := range o.GetFields() {
			fmt.Fprintf(&b, "\n- `%s` (%s) %s", f.GetName(), typeText(f.GetType()), f.GetDoc())
		}
		if len(o.GetFields()) > 0 {
			b.WriteString("\n")
		}
		methods(&b, o.GetName(), o.GetMethods())
	}
	if len(k.GetEvents()) > 0 {
		b.WriteString("\nEvents:\n\n")
		for _, e := range k.GetEvents() {
			fmt.Fprintf(&b, "- `%s`%s\n", e.GetName(), fieldList(e.GetFields()))
		}
	}
	if len(k.GetMessages()) > 0 {
		b.WriteString("\nMessages:\n\n")
		for _, m := range k.GetMessages() {
			fmt.Fprintf(&b, "- `%s`%s", m.GetName(), fieldList(m.GetFields()))
			if m.GetDoc() != "" {
				fmt.Fprintf(&b, ": %s", m.GetDoc())
			}
			b.WriteString("\n")
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
func addLine(k *wire.Kind) string {
	line := fmt.Sprintf("lab.add(%q", k.GetName())
	for _, p := range k.GetConfig() {
		if !p.GetHasDefault() {
			line += fmt.Sprintf(", %s = ...", p.GetName())
		}
	}
	return line + ")"
}

func configDoc(p *wire.Parameter) string {
	doc := p.GetDoc()
	if p.GetMain() {
		doc += " (the node's main address)"
	}
	if p.GetLive() {
		doc += " (may change while the node runs)"
	}
	return strings.TrimSpace(doc)
}

func methods(b *strings.Builder, owner string, list []*wire.Method) {
	if len(list) == 0 {
		return
	}
	b.WriteString("\n")
	for _, m := range list {
		var args []string
		for _, a := range m.GetArguments() {
			arg := a.GetName()
			if a.GetHasDefault() {
				arg += "=" + valueText(a)
			}
			args = append(args, arg)
		}
		fmt.Fprintf(b, "- `%s.%s(%s)`", owner, m.GetName(), strings.Join(args, ", "))
		if r := m.GetResult(); r != nil {
			fmt.Fprintf(b, " -> %s%s", typeText(r.GetType()), fieldList(r.GetFields()))
		}
		if m.GetDoc() != "" {
			fmt.Fprintf(b, ": %s", m.GetDoc())
		}
		b.WriteString("\n")
		for _, a := range m.GetArguments() {
			if a.GetDoc() != "" {
				fmt.Fprintf(b, "  - `%s` (%s): %s\n", a.GetName(), typeText(a.GetType()), a.GetDoc())
			}
		}
	}
}

func fieldList(fields []*wire.Parameter) string {
	if len(fields) == 0 {
		return ""
	}
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = "`." + f.GetName() + "` " + typeText(f.GetType())
		if f.GetDoc() != "" {
			parts[i] += " (" + f.GetDoc() + ")"
		}
	}
	return " with " + strings.Join(parts, ", ")
}

// typeText is a manifest's type as documentation names it: list<int> becomes "list of int".
func typeText(t string) string {
	if item, ok := strings.CutPrefix(t, "list<"); ok {
		return "list of " + typeText(strings.TrimSuffix(item, ">"))
	}
	return strings.TrimPrefix(t, "object ")
}

func defaultText(p *wire.Parameter) string {
	if !p.GetHasDefault() {
		return "must be given"
	}
	return "`" + strings.ReplaceAll(valueText(p), "|", `\|`) + "`"
}

func valueText(p *wire.Parameter) string {
	value, err := wire.FromValue(p.GetDefaultValue())
	if err != nil {
		return "?"
	}
	return wire.Format(value)
}

func cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "|", `\|`), "\n", " ")
}
