package host_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/skeleton"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// offline makes the go command fail rather than fetch a module.
func offline(t *testing.T) {
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOFLAGS", "-mod=mod -ldflags=-w") // a user's settings: one that a workspace does not go with, and a fast linker
}

// built is a new plugin with its program, which takes seconds to build: all tests that want no more than that share it.
var built struct {
	once   sync.Once
	dir    string
	plugin *host.Plugin
}

// builtPlugin returns the directory of a new plugin named sticky, and its program as a host has built it of the package
// main, without the network.
func builtPlugin(t *testing.T) (dir string, p *host.Plugin) {
	t.Helper()
	built.once.Do(func() {
		built.dir = filepath.Join(shared, "sticky")
		if err := skeleton.Plugin(built.dir, "sticky", nil); err != nil {
			t.Fatal(err)
		}
		offline(t)
		t.Setenv("GOFLAGS", "-ldflags=-w")
		h := newHost(t, host.Options{Cache: filepath.Join(shared, "cache")})
		built.plugin = find(t, h, filepath.Join(built.dir, "cmd", "lab-plugin-sticky"))
	})
	if built.plugin == nil {
		t.Fatal("the plugin could not be built: see the first test that wanted it")
	}
	return built.dir, built.plugin
}

// newPlugin writes a plugin outside the module's tree.
func newPlugin(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := skeleton.Plugin(dir, name, nil); err != nil {
		t.Fatal(err)
	}
	return dir
}

// edit replaces text in a file.
func edit(t *testing.T, path, old, new string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		t.Fatalf("%s: no %q", path, old)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// kinds are the names of what a plugin serves, sorted.
func kinds(p *host.Plugin) []string {
	var names []string
	for _, kind := range p.Manifest.Kinds {
		names = append(names, kind.Name)
	}
	slices.Sort(names)
	return names
}

func find(t *testing.T, h *host.Host, path string) *host.Plugin {
	t.Helper()
	p, err := h.Find(path)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAPackageDirectoryIsBuiltOnceTogetherWithTheBuiltInKinds(t *testing.T) {
	offline(t)
	cache := t.TempDir()
	dir := newPlugin(t, "sticky-lb")
	p := find(t, newHost(t, host.Options{Cache: cache}), dir)
	if got := kinds(p); !slices.Contains(got, "sticky-lb") || !slices.Contains(got, "tcp-echo") {
		t.Errorf("kinds %v, want sticky-lb and the built-in ones", got)
	}
	if p.Name != "sticky-lb" || p.Directory != dir {
		t.Errorf("got name %q, directory %q", p.Name, p.Directory)
	}
	built, err := os.Stat(p.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("not again while nothing changes", func(t *testing.T) {
		t.Setenv("PATH", "") // so that the go command cannot run
		again := find(t, newHost(t, host.Options{Cache: cache}), dir)
		if now, err := os.Stat(again.Path); err != nil || !os.SameFile(built, now) || now.ModTime() != built.ModTime() {
			t.Errorf("built anew: %v, %v", now, err)
		}
	})
	t.Run("again after a change", func(t *testing.T) {
		edit(t, filepath.Join(dir, "sticky-lb.go"), "answers every name", "ignores every name")
		again := find(t, newHost(t, host.Options{Cache: cache}), dir)
		if doc := again.Manifest.Kinds[0].Doc; !strings.HasPrefix(doc, "ignores") {
			t.Errorf("still serves %q", doc)
		}
	})
	t.Run("and shows the compiler's words", func(t *testing.T) {
		edit(t, filepath.Join(dir, "sticky-lb.go"), "g.count.Add(1)", "g.counter.Add(1)")
		h := newHost(t, host.Options{Cache: cache})
		for range 2 { // a failure is not kept
			_, err := h.Find(dir)
			var e *trouble.Error
			if !errors.As(err, &e) || !strings.HasPrefix(e.Text, "plugin "+dir+" does not build:\n") ||
				!strings.Contains(e.Text, "./sticky-lb.go:52:5: g.counter undefined") {
				t.Errorf("got %v", err)
			}
		}
		edit(t, filepath.Join(dir, "sticky-lb.go"), "g.counter.Add(1)", "sdk.Main(Plugin())")
		var e *trouble.Error
		if _, err := h.Find(dir); !errors.As(err, &e) || !strings.HasPrefix(e.Hint, "use serve.Main: ") {
			t.Errorf("an older main: got %v, want a hint", err)
		}
		left, err := filepath.Glob(filepath.Join(filepath.Dir(p.Path), "building-*"))
		if err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	})
}

func TestSeveralDirectoriesAreComposedIntoOneProgramAndTheirKindsComeFirst(t *testing.T) {
	offline(t)
	one, two := newPlugin(t, "one"), newPlugin(t, "tcp-echo") // the second takes the name of a built-in kind
	h := newHost(t, host.Options{Cache: t.TempDir()})
	p, err := h.Compose([]string{two, one})
	if err != nil {
		t.Fatal(err)
	}
	got := kinds(p)
	if !slices.Contains(got, "one") || !slices.Contains(got, "tcp-echo") || !slices.Contains(got, "client") {
		t.Errorf("kinds %v", got)
	}
	if unique := slices.Compact(slices.Clone(got)); len(unique) != len(got) {
		t.Errorf("kinds %v: one is there twice", got)
	}
	for _, kind := range p.Manifest.Kinds {
		if kind.Name == "tcp-echo" && !strings.Contains(kind.Doc, "greeting") {
			t.Errorf("tcp-echo is the built-in one: %s", kind.Doc)
		}
	}
	if again, err := h.Compose([]string{one, two}); err != nil || again != p {
		t.Errorf("the other order: %v, %v; want the same plugin", again, err)
	}
}

func TestAPackageMainIsBuiltAsItIs(t *testing.T) {
	dir, p := builtPlugin(t)
	if got := kinds(p); p.Name != "sticky" || p.Directory != "" || !slices.Contains(got, "sticky") {
		t.Errorf("got %q, directory %q, kinds %v", p.Name, p.Directory, got)
	}
	h, main := newHost(t, host.Options{Cache: t.TempDir()}), filepath.Join(dir, "cmd", "lab-plugin-sticky")
	_, err := h.Compose([]string{main, dir})
	var e *trouble.Error
	if !errors.As(err, &e) || !strings.Contains(e.Text, "cannot be built together") {
		t.Errorf("composing a package main: %v", err)
	}
}

func TestADirectoryThatIsNoPluginSaysWhatItLacks(t *testing.T) {
	empty, bare, dull, fresh := t.TempDir(), t.TempDir(), t.TempDir(), newPlugin(t, "fresh")
	for path, text := range map[string]string{
		filepath.Join(bare, "x.go"):   "package bare\n",
		filepath.Join(dull, "x.go"):   "package dull\n\nfunc (t T) Plugin() {}\n",
		filepath.Join(dull, "go.mod"): "module dull\n",
	} {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", t.TempDir())
	for _, test := range []struct{ name, path, text, hint string }{
		{"missing", "/nonexistent/sticky", "no such file or directory", "the directory of a Go package"},
		{"empty", empty, "no Go package", "lab plugin new"},
		{"no module", bare, "no go.mod", "go mod init"},
		{"no function", dull, "package dull has no func Plugin() sdk.Plugin", "add one"},
		{"source file", filepath.Join(bare, "x.go"), "a source file is not a plugin", bare},
		{"data file", filepath.Join(dull, "go.mod"), "not executable", "chmod +x"},
		{"device", os.DevNull, "neither a file nor a directory", ""},
		{"no toolchain", fresh, "there is no go on PATH", "https://go.dev/dl"},
		{"serves nothing", program(t, "empty"), "serves no kind", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := newHost(t, host.Options{Cache: t.TempDir()}).Find(test.path)
			var e *trouble.Error
			if !errors.As(err, &e) || !strings.Contains(e.Text, test.text) || !strings.Contains(e.Hint, test.hint) {
				t.Errorf("got %v\nhint %q\nwant %q\nhint %q", err, errors.Unwrap(err), test.text, test.hint)
			}
		})
	}
}

func TestANewPluginPassesItsOwnTestsWithoutTheNetwork(t *testing.T) {
	_, plugin := builtPlugin(t) // a program of such a package main
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOFLAGS", "-mod=readonly -ldflags=-w")
	dir := newPlugin(t, "sticky-lb")
	for _, args := range [][]string{{"go", "test", "-vet=all", "./..."}, {plugin.Path, "describe"}} {
		cmd := exec.Command(args[0], args[1:]...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
	}
	out, err := exec.Command("gofmt", "-l", dir).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("gofmt: %v\n%s", err, out)
	}
	source, err := os.ReadFile(filepath.Join(dir, "sticky-lb.go"))
	if lines := strings.Count(string(source), "\n"); err != nil || lines >= 60 {
		t.Errorf("the example has %d lines, %v; it should fit a screen", lines, err)
	}
}

func TestANewPluginIsRefusedWhereItCannotBe(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "notes.txt"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ dir, name, want string }{
		{full, "sticky", "is not empty: there is notes.txt"},
		{filepath.Join(full, "notes.txt"), "sticky", "not a directory"},
		{t.TempDir(), "Sticky", `plugin name "Sticky"`},
		{t.TempDir(), "sticky--lb", "single hyphens"},
		{t.TempDir(), "7up", "a letter first"},
		{t.TempDir(), "", `plugin name ""`},
		{t.TempDir(), "../x", `plugin name "../x"`},
		{t.TempDir(), "func", "Go package could not be named func"},
		{t.TempDir(), "sdk", "Go package could not be named sdk"},
	} {
		err := skeleton.Plugin(test.dir, test.name, nil)
		var e *trouble.Error
		if !errors.As(err, &e) || !strings.Contains(e.Text, test.want) {
			t.Errorf("%q: got %v, want %q", test.name, err, test.want)
		}
		if entries, _ := os.ReadDir(test.dir); test.dir != full && len(entries) > 0 {
			t.Errorf("%q: %v was written", test.name, fmt.Sprint(entries))
		}
	}
}
