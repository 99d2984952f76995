//go:build !race

package lab_test

import (
	"go/ast"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var qualified = regexp.MustCompile(`\b([a-z]\w*)\.([A-Z]\w*)`)

// TestNamesInCommentsAndPagesExist holds what is said of the module's own packages: value.Format in a comment or on a
// page of documentation is declared there, be it a name, a field or a method; env stands for a component's sdk.Env.
func TestNamesInCommentsAndPagesExist(t *testing.T) {
	declared := map[string]map[string]bool{}
	texts := map[string]string{}
	for _, s := range sources(t) {
		var comments []string
		for _, group := range s.file.Comments {
			comments = append(comments, group.Text())
		}
		texts[s.path] = strings.Join(comments, "\n")
		if s.file.Name.Name == "main" || s.test {
			continue
		}
		names := declared[s.file.Name.Name]
		if names == nil {
			names = map[string]bool{}
			declared[s.file.Name.Name] = names
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				names[n.Name.Name] = true
			case *ast.TypeSpec:
				names[n.Name.Name] = true
				if n.Name.Name == "Env" && s.dir == "sdk" {
					declared["env"] = namesOf(n.Type.(*ast.InterfaceType).Methods.List)
				}
			case *ast.ValueSpec:
				for _, id := range n.Names {
					names[id.Name] = true
				}
			case *ast.Field:
				maps.Copy(names, namesOf([]*ast.Field{n}))
			}
			return true
		})
	}
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, "../README.md") {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		texts[page] = string(text)
	}
	for path, text := range texts {
		for _, m := range qualified.FindAllStringSubmatch(text, -1) {
			if names := declared[m[1]]; names != nil && !names[m[2]] {
				t.Errorf("%s says %s, which package %s does not have", path, m[0], m[1])
			}
		}
	}
}

func namesOf(fields []*ast.Field) map[string]bool {
	names := map[string]bool{}
	for _, f := range fields {
		for _, id := range f.Names {
			names[id.Name] = true
		}
	}
	return names
}
