package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/star"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestThePublicFaceChangesOnPurposeOnly holds what users write against to the files in testdata/face: the words of
// scripts with their parameters, the verbs of the command with their flags, and the pages of sdk and sdk/serve. -update
// writes them anew; read the difference.
func TestThePublicFaceChangesOnPurposeOnly(t *testing.T) {
	for name, text := range map[string]string{
		"words.txt": words(t), "modules.txt": modules(t), "command.txt": verbs(newRoot(streams{})), "sdk.txt": page(t, "sdk"), "serve.txt": page(t, "sdk/serve"),
	} {
		golden := filepath.Join("testdata", "face", name)
		if *update {
			if err := os.WriteFile(golden, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(text, "\n")); diff != "" {
			t.Errorf("%s (-was +is):\n%s", name, diff)
		}
	}
}

// page is what go doc says of a package: at most 450 lines of sdk, which an author reads whole.
func page(t *testing.T, folder string) string {
	t.Helper()
	cmd := exec.Command("go", "doc", "-all", "./"+folder)
	cmd.Dir = filepath.Join("..", "..")
	text, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines > 450 {
		t.Errorf("go doc -all ./%s has %d lines, want at most 450", folder, lines)
	}
	return string(text)
}

// modules are the files that the built-in plugins bring along for scripts.
func modules(t *testing.T) (text string) {
	t.Helper()
	builtins, err := builtinManifest()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range builtins.Modules {
		page, err := load.Reference(m)
		if err != nil {
			t.Fatal(err)
		}
		text += page
	}
	return text
}

// verbs lists the commands below one, with their flags.
func verbs(cmd *cobra.Command) string {
	text := cmd.UseLine() + "\n"
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		text += fmt.Sprintf("    --%s %s (default %q)\n", f.Name, f.Value.Type(), f.DefValue)
	})
	for _, sub := range cmd.Commands() {
		text += verbs(sub)
	}
	return text
}

// words lists what scripts can call, with the names of the parameters: "?" follows one that may be left out. They are
// taken from the calls that unpack arguments, and from the lists of names, in the sources.
func words(t *testing.T) string {
	t.Helper()
	var lines []string
	for _, folder := range []string{"../../lab/script", "../../sdk/star"} {
		err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			for _, d := range file.Decls {
				lines = append(lines, wordsOf(d)...)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range link.Fields {
		lines = append(lines, "profileFields: "+f.Name)
	}
	for name, v := range star.Predeclared() {
		if strings.HasPrefix(name, "$") {
			continue // no script can write it
		}
		lines = append(lines, fmt.Sprintf("predeclared %s, a %s", name, v.Type()))
	}
	slices.Sort(lines)
	return strings.Join(slices.Compact(lines), "\n") + "\n"
}

// wordsOf lists the words in one declaration: the texts of lists of names, and what is unpacked in a function.
func wordsOf(d ast.Decl) (lines []string) {
	name := ""
	switch d := d.(type) {
	case *ast.FuncDecl:
		name = d.Name.Name
		if d.Recv != nil {
			name = strings.TrimPrefix(types.ExprString(d.Recv.List[0].Type), "*") + "." + name
		}
	case *ast.GenDecl:
		if spec, ok := d.Specs[0].(*ast.ValueSpec); ok {
			name = spec.Names[0].Name
		}
	}
	listed := strings.HasSuffix(name, "AttrNames") || slices.Contains([]string{"init", "makePredeclared"}, name)
	ast.Inspect(d, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			for _, call := range unpacked(n) {
				lines = append(lines, name+": "+call)
			}
		case *ast.CompositeLit:
			if types.ExprString(n.Type) == "verb" {
				word, _ := strconv.Unquote(types.ExprString(n.Elts[0]))
				lines = append(lines, "verb: "+word)
			}
		case *ast.BasicLit:
			if word, err := strconv.Unquote(n.Value); listed && n.Kind == token.STRING && err == nil {
				lines = append(lines, name+": "+word)
			}
		}
		return true
	})
	return lines
}

// unpacked describes a call of starlark.UnpackArgs, UnpackPositionalArgs or of a helper of that form.
func unpacked(call *ast.CallExpr) []string {
	fn, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !strings.HasPrefix(fn.Sel.Name, "Unpack") || len(call.Args) < 3 || call.Ellipsis.IsValid() { // a helper hands on the words of others
		return nil
	}
	name := types.ExprString(call.Args[0])
	if plain, err := strconv.Unquote(name); err == nil {
		name = plain
	}
	var params []string
	for _, arg := range call.Args[3:] {
		if text, ok := arg.(*ast.BasicLit); ok && text.Kind == token.STRING {
			param, _ := strconv.Unquote(text.Value)
			params = append(params, param)
		}
	}
	return []string{fmt.Sprintf("%s(%s)", name, strings.Join(params, ", "))}
}
