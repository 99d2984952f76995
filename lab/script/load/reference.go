package load

import (
	"fmt"
	"strings"

	"go.starlark.net/syntax"

	"github.com/netlab-dev/netlab/sdk/manifest"
)

// Reference is the Markdown of a file that a plugin brings along: its functions as a script calls them, and what they say
// of themselves. Errors are *Error.
func Reference(m *manifest.Module) (string, error) {
	file := "@" + m.Name
	tree, err := Parse(file, []byte(m.Text))
	if err != nil {
		return "", err
	}
	var names []string
	var functions strings.Builder
	for _, stmt := range tree.Stmts {
		def, ok := stmt.(*syntax.DefStmt)
		if !ok || strings.HasPrefix(def.Name.Name, "_") {
			continue
		}
		names = append(names, fmt.Sprintf("%q", def.Name.Name))
		fmt.Fprintf(&functions, "\n## %s\n\n```python\n%s\n```\n", def.Name.Name, signature(def, m.Text))
		if doc := docOf(def.Body); doc != "" {
			fmt.Fprintf(&functions, "\n%s\n", dedent(doc))
		}
	}
	page := fmt.Sprintf("# %s\n", file)
	if doc := docOf(tree.Stmts); doc != "" {
		page += "\n" + dedent(doc) + "\n"
	}
	return page + fmt.Sprintf("\n```python\nload(%q, %s)\n```\n", file, strings.Join(names, ", ")) + functions.String(), nil
}

// signature is a function's name with its parameters, on one line.
func signature(def *syntax.DefStmt, source string) string {
	lines := strings.Split(source, "\n")[def.Name.NamePos.Line-1 : def.Rparen.Line]
	last := []rune(lines[len(lines)-1])
	lines[len(lines)-1] = string(last[:def.Rparen.Col])
	lines[0] = string([]rune(lines[0])[def.Name.NamePos.Col-1:])
	return strings.Join(strings.Fields(strings.Join(lines, " ")), " ")
}

// dedent takes from the lines of a docstring what all but the first are indented by.
func dedent(doc string) string {
	lines := strings.Split(doc, "\n")
	indent := -1
	for _, line := range lines[1:] {
		if text := strings.TrimLeft(line, " \t"); text != "" && (indent < 0 || len(line)-len(text) < indent) {
			indent = len(line) - len(text)
		}
	}
	for i := 1; i < len(lines); i++ {
		lines[i] = lines[i][min(max(indent, 0), len(lines[i])):]
	}
	return strings.Join(lines, "\n")
}
