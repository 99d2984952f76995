// Package skeleton writes what the author of a new plugin begins with.
package skeleton

import (
	"embed"
	"errors"
	"fmt"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/netlab-dev/netlab/lab/build"
	"github.com/netlab-dev/netlab/lab/regular"
	"github.com/netlab-dev/netlab/lab/trouble"
)

//go:embed templates
var own embed.FS

// skeleton is what the templates of a new plugin know.
type skeleton struct {
	Name    string // of the plugin and its kind: "sticky-lb"
	Package string // "stickylb"
	Word    string // "sticky_lb": of its strategy
	Module  string // "example.com/sticky-lb"
	Base    string // the module's last element
}

var (
	pluginName  = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	moduleName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)
	requirement = regexp.MustCompile(`(?m)^(?:require)?[ \t]+([^\s/]+\.[^\s]+ v[^\s]+)`)
)

// Plugin writes a plugin of the name into the directory, which must be empty or not exist: a small kind that works,
// its test, an experiment that passes in both engines and a program, in a module of its own that builds without the
// network. A plugin may bring templates of its own for kinds that are like its own, templates/plugin*.tmpl; nil is ours.
// Errors are *Error, or the file system's.
func Plugin(dir, name string, from fs.FS) error {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	s, err := newSkeleton(dir, name)
	if err != nil {
		return err
	}
	if err := refuseFull(dir); err != nil {
		return err
	}
	mod, sums, err := moduleFiles(s.Module)
	if err != nil {
		return err
	}
	templates, err := template.ParseFS(own, "templates/*.tmpl")
	if err == nil && from != nil {
		templates, err = templates.ParseFS(from, "templates/*.tmpl")
	}
	if err != nil {
		return err
	}
	files := map[string]string{"go.mod": mod, "go.sum": sums}
	for file, from := range map[string]string{
		name + ".go":      "plugin.go.tmpl",
		name + "_test.go": "plugin_test.go.tmpl",
		name + ".star":    "plugin.star.tmpl",
		filepath.Join("cmd", build.Prefix+name, "main.go"): "main.go.tmpl",
	} {
		var text strings.Builder
		if err := templates.ExecuteTemplate(&text, from, s); err != nil {
			return err
		}
		files[file] = text.String()
	}
	return writeFiles(dir, files)
}

// writeFiles writes files by their paths in a directory.
func writeFiles(dir string, files map[string]string) error {
	for file, text := range files {
		path := filepath.Join(dir, file)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// newSkeleton checks the names.
func newSkeleton(dir, name string) (*skeleton, error) {
	if !pluginName.MatchString(name) {
		return nil, &trouble.Error{
			Class: trouble.Plugin,
			Text:  fmt.Sprintf("plugin name %q: want lower-case letters, digits and single hyphens, a letter first", name),
			Hint:  "such as sticky, or sticky-lb",
		}
	}
	s := &skeleton{
		Name: name, Package: strings.ReplaceAll(name, "-", ""), Word: strings.ReplaceAll(name, "-", "_"),
		Base: filepath.Base(dir),
	}
	taken := []string{"main", "init", "sdk", "plugins", "builtin", "internal", "vendor", "strategy", "balancer"}
	if token.IsKeyword(s.Package) || slices.Contains(taken, s.Package) {
		return nil, &trouble.Error{
			Class: trouble.Plugin,
			Text:  fmt.Sprintf("plugin name %q: its Go package could not be named %s", name, s.Package),
			Hint:  fmt.Sprintf("choose another, such as %s-node", name),
		}
	}
	if !moduleName.MatchString(s.Base) || strings.HasSuffix(s.Base, ".") {
		s.Base = name
	}
	s.Module = "example.com/" + s.Base
	return s, nil
}

// refuseFull returns an error when the directory holds anything.
func refuseFull(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return &trouble.Error{Class: trouble.Plugin, Text: fmt.Sprintf("directory %s: %v", dir, regular.Reason(err)), Err: err}
	case len(entries) > 0:
		return &trouble.Error{
			Class: trouble.Plugin,
			Text:  fmt.Sprintf("directory %s is not empty: there is %s", dir, entries[0].Name()),
			Hint:  "name a directory that does not exist yet",
		}
	}
	return nil
}

// moduleFiles writes the go.mod and go.sum of a new plugin. They require what netlab requires, at the same versions, so
// that what has built this program also builds the plugin.
func moduleFiles(path string) (mod, sums string, err error) {
	lab := build.Netlab()
	dir, version, replace := lab.Dir, lab.Version, ""
	switch {
	case dir != "":
		text, err := os.ReadFile(filepath.Join(dir, "go.sum"))
		if err != nil {
			return "", "", err
		}
		version, sums = "v0.0.0", string(text)
		replace = "\n// This lab was built from a checkout. With a published one, require its version instead.\n" +
			fmt.Sprintf("replace %s => %s\n", build.Module, quoted(filepath.ToSlash(dir)))
	case version != "":
		if dir, sums, err = build.Published(version, build.PlainGo); err != nil {
			return "", "", err
		}
	default:
		return "", "", lab.ErrGone("")
	}
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return "", "", err
	}
	m, err := build.ReadModule(dir)
	if err != nil {
		return "", "", err
	}
	mod = fmt.Sprintf("module %s\n\ngo %s\n\nrequire %s %s\n\nrequire (\n", path, m.GoVersion, build.Module, version)
	for _, match := range requirement.FindAllSubmatch(text, -1) {
		mod += fmt.Sprintf("\t%s // indirect\n", match[1])
	}
	return mod + ")\n" + replace, sums, nil
}

// quoted writes a path as go.mod wants it: in quotes only where it holds something special.
func quoted(path string) string {
	if strings.ContainsAny(path, " \t\"'`()[]{},;") {
		return fmt.Sprintf("%q", path)
	}
	return path
}
