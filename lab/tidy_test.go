//go:build !race

package lab_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/netlab-dev/netlab/"

// source is one parsed Go file, named by its path from the module's root.
type source struct {
	path string // slash-separated
	dir  string
	file *ast.File
	text string
	test bool
	made bool // generated
}

// sources are all Go files of the module, without test data, parsed once.
func sources(t *testing.T) []source {
	t.Helper()
	all, err := parsed()
	if err != nil || len(all) < 20 {
		t.Fatalf("found %d Go files: %v", len(all), err)
	}
	return all
}

var parsed = sync.OnceValues(func() (all []source, err error) {
	root := ".."
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "templates") {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(name, ".go") {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		all = append(all, source{
			path: rel, dir: filepath.ToSlash(filepath.Dir(rel)), file: file, text: string(text),
			test: strings.HasSuffix(name, "_test.go"), made: ast.IsGenerated(file),
		})
		return nil
	})
	return all, err
})

// arrows lists what a folder of the module may import of the module. The first rule whose folder holds the file counts;
// a trailing slash means the folder and all below.
var arrows = []struct {
	from string
	may  []string
}{
	{"cmd/", []string{"lab/", "sdk/", "plugins"}},
	{"lab/trouble", nil},                                     // every part of the lab makes it
	{"lab/result", []string{"lab/trouble", "sdk/value"}},     // data, and its renderers: nothing that runs
	{"lab/report/plot", []string{"lab/result", "sdk/value"}}, // data in, SVG out
	{"lab/story", []string{"lab/result", "lab/trouble"}},
	{"lab/report", []string{"lab/result", "lab/story", "lab/trouble", "lab/report/plot", "sdk/value"}}, // renders data
	// From a text to a checked file: what fmt, list, completion and an editor need. It runs nothing but a file's top level.
	{"lab/script/load", []string{"lab/trouble", "lab/result", "lab/bug", "lab/regular", "sdk/star", "sdk/value", "sdk/spell", "sdk/manifest"}},
	{"lab/regular", []string{"lab/shell"}},
	{"lab/shell", nil},
	{"lab/build", []string{"lab/bug", "lab/regular", "lab/trouble"}},
	{"lab/skeleton", []string{"lab/build", "lab/regular", "lab/trouble"}},
	{"lab/format", []string{"lab/script/load", "lab/trouble", "sdk/"}},
	{"lab/markdown", []string{"lab/result"}},
	{"lab/pcap", []string{"lab/result", "lab/trouble", "sdk", "sdk/value"}},
	{"lab/", []string{"lab/", "sdk/"}},
	{"plugins/raft/core", nil},         // a pure state machine: no environment, so no clock, no network, no disk
	{"plugins/balancer/strategy", nil}, // pure as well: requests bring time and draws along
	{"plugins/example/", []string{"sdk/", "plugins", "plugins/balancer", "plugins/balancer/strategy", "plugins/example/"}},
	{"plugins", []string{"sdk/", "plugins/"}},
	{"plugins/", []string{"sdk/", "plugins/"}},
	{"sdk/link", nil},
	{"sdk/clock", nil},
	{"sdk/measure", nil},
	{"sdk/ring", nil},
	{"sdk/tcp", []string{"sdk/ring"}},
	{"sdk/network", []string{"sdk/link", "sdk/ring", "sdk/tcp", "sdk/value"}}, // arithmetic, which both engines call
	{"sdk/spell", nil},
	{"sdk/value", []string{"sdk/link"}},
	{"sdk/manifest", []string{"sdk/value"}},
	{"sdk", []string{"sdk/clock", "sdk/value", "sdk/link", "sdk/origin"}}, // what an author writes against: nothing of the runtime
	{"sdk/disk", []string{"sdk"}},
	{"sdk/http1", nil},
	{"sdk/sim", []string{"sdk", "sdk/link", "sdk/network", "sdk/ring", "sdk/tcp", "sdk/value", "sdk/disk", "sdk/clock"}},
	{"sdk/live", []string{"sdk", "sdk/link", "sdk/value", "sdk/disk", "sdk/clock"}},
	{"sdk/wire", []string{"sdk/value", "sdk/manifest", "sdk/link", "sdk/tcp", "sdk/network"}},
	{"sdk/program", []string{"sdk", "sdk/disk", "sdk/spell"}},
	{"sdk/star", []string{"sdk/link", "sdk/spell", "sdk/value"}},
	{"sdk/", []string{"sdk/"}},
}

func TestArrowsBetweenPackagesRunOneWay(t *testing.T) {
	for _, s := range sources(t) {
		if s.test && strings.HasPrefix(s.dir, "lab") {
			continue // the host's tests serve the built-in plugins themselves
		}
		for _, imp := range s.file.Imports {
			path := strings.Trim(imp.Path.Value, `"`)
			target, ours := strings.CutPrefix(path, module)
			if s.test && (target == "sdk/wire" || s.dir == "sdk") {
				continue // what a test sends is its own affair
			}
			if ours && target != s.dir && !allowed(s.dir, target) {
				t.Errorf("%s imports %s: %s may not", s.path, target, s.dir)
			}
			if strings.HasPrefix(path, "github.com/hashicorp/go-plugin") && s.dir != "lab/host" && s.dir != "sdk/serve" && !s.test {
				t.Errorf("%s imports go-plugin: only lab/host and sdk/serve may", s.path)
			}
		}
	}
}

// TestProtobufIsKnownToTheCodecsOnly lists who imports sdk/wire: who speaks the protocol. Everybody else has values
// (sdk/value), manifests (sdk/manifest) and the engine's own types.
func TestProtobufIsKnownToTheCodecsOnly(t *testing.T) {
	speakers := map[string]string{
		"lab/host":    "sends commands to processes and takes their reports",
		"lab/engine":  "turns changes and calls into commands, and reports into events and replies",
		"sdk/serve":   "the other end",
		"sdk/sdktest": "speaks to a plugin as a host does",
		"lab/examine": "lets sdktest speak to a process",
	}
	for _, s := range sources(t) {
		for _, imp := range s.file.Imports {
			if imp.Path.Value == `"`+module+`sdk/wire"` && !s.test && speakers[s.dir] == "" {
				t.Errorf("%s imports sdk/wire, which is for those that speak the protocol", s.path)
			}
		}
	}
}

func allowed(dir, target string) bool {
	for _, rule := range arrows {
		if !within(dir, rule.from) {
			continue
		}
		for _, may := range rule.may {
			if within(target, may) {
				return true
			}
		}
		return false
	}
	return false
}

func within(dir, rule string) bool {
	if folder, all := strings.CutSuffix(rule, "/"); all {
		return dir == folder || strings.HasPrefix(dir, rule)
	}
	return dir == rule
}

func TestEveryPackageHasADocComment(t *testing.T) {
	documented := map[string]bool{}
	for _, s := range sources(t) {
		if !s.test {
			documented[s.dir] = documented[s.dir] || s.file.Doc != nil && !s.made
		}
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("package %s has no doc comment", dir)
		}
	}
}

func TestEveryExportedNameIsDocumented(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.made || s.file.Name.Name == "main" {
			continue
		}
		for _, decl := range s.file.Decls {
			for _, name := range undocumented(decl) {
				t.Errorf("%s: exported %s has no doc comment", s.path, name)
			}
		}
	}
}

func undocumented(decl ast.Decl) []string {
	var names []string
	switch d := decl.(type) {
	case *ast.FuncDecl:
		// Methods that implement an interface of another package say what they do by that interface's contract;
		// what must be documented is what a caller finds: functions, and methods of exported types are judged in review.
		if d.Name.IsExported() && d.Doc == nil && d.Recv == nil {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch sp := spec.(type) {
			case *ast.TypeSpec:
				if sp.Name.IsExported() && d.Doc == nil && sp.Doc == nil {
					names = append(names, sp.Name.Name)
				}
			case *ast.ValueSpec:
				if sp.Names[0].IsExported() && d.Doc == nil && sp.Doc == nil && sp.Comment == nil {
					names = append(names, sp.Names[0].Name)
				}
			}
		}
	}
	return names
}

func TestNoFileIsLongerThan400Lines(t *testing.T) {
	for _, s := range sources(t) {
		if lines := strings.Count(s.text, "\n"); lines > 400 && !s.made && !s.test {
			t.Errorf("%s has %d lines: split it", s.path, lines)
		}
	}
}

// leftovers are words that do not belong into a finished tree. They are put together here so that this file does not
// find itself.
var leftovers = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X|no` + `lint|not imple` + `mented)\b`)

func TestNothingIsLeftOver(t *testing.T) {
	for _, s := range sources(t) {
		if found := leftovers.FindString(s.text); found != "" && !s.made {
			t.Errorf("%s: left over: %s", s.path, found)
		}
	}
}

func TestTestsDoNotSleep(t *testing.T) {
	call := regexp.MustCompile(`\btime\.` + `Sleep\(`)
	for _, s := range sources(t) {
		if s.test && call.MatchString(s.text) {
			t.Errorf("%s sleeps: wait on a condition, or use virtual time", s.path)
		}
	}
}

func TestEveryGoroutineOfTheHostTellsOfItsPanic(t *testing.T) {
	for _, s := range sources(t) {
		if s.test || s.dir == "lab/bug" || !within(s.dir, "lab/") && !within(s.dir, "cmd/") || within(s.dir, "lab/peers/") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			var begins ast.Expr
			switch n := n.(type) {
			case *ast.GoStmt:
				begins = n.Call.Fun
			case *ast.CallExpr:
				method, ok := n.Fun.(*ast.SelectorExpr)
				if ok && (method.Sel.Name == "Go" || method.Sel.Name == "AfterFunc") && len(n.Args) > 0 {
					begins = n.Args[len(n.Args)-1]
				}
			}
			if begins != nil && !guarded(begins) {
				t.Errorf("%s: a goroutine begins without bug.Guarded: go bug.Guarded(f)()", s.path)
			}
			return true
		})
	}
}

func TestEveryBuiltinOfTheLabTellsOfItsPanic(t *testing.T) {
	for _, s := range sources(t) {
		if within(s.dir, "lab/") && s.path != "lab/script/load/builtin.go" && !s.test && strings.Contains(s.text, "starlark.NewBuiltin(") {
			t.Errorf("%s: a builtin is made without load.Builtin: a bug in it would be an error of the script", s.path)
		}
	}
}

// guarded tells whether the expression is bug.Guarded(f).
func guarded(e ast.Expr) bool {
	call, ok := e.(*ast.CallExpr)
	if !ok {
		return false
	}
	name, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || name.Sel.Name != "Guarded" {
		return false
	}
	pkg, ok := name.X.(*ast.Ident)
	return ok && pkg.Name == "bug"
}
