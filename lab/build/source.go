package build

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/netlab-dev/netlab/lab/regular"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// Module is where the sdk and the built-in kinds come from.
const Module = "github.com/netlab-dev/netlab"

// LabSource is where a lab's own sources are: one of these, or nowhere.
type LabSource struct {
	Dir     string // a checkout
	gone    string // a checkout that is not there any more
	Version string // published
}

var publishedFile = regexp.MustCompile(`(?:^|/)github\.com/netlab-dev/netlab@(v[^/]+)/`)

// Netlab says where this program's own module comes from. The name that the compiler has given this file tells: a file
// of a published module has the version in it.
func Netlab() LabSource {
	_, file, _, _ := runtime.Caller(0)
	if version := publishedAs(file); version != "" {
		return LabSource{Version: version}
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps { // of a program that brings lab along in its vendor folder
			if m.Path == Module && m.Replace == nil && strings.HasPrefix(m.Version, "v") {
				return LabSource{Version: m.Version}
			}
		}
	}
	root := filepath.Dir(filepath.Dir(filepath.Dir(file)))
	if m, err := ReadModule(root); err == nil && m.path == Module {
		return LabSource{Dir: root}
	}
	return LabSource{gone: root}
}

// publishedAs is the version of the published module that a file of sources belongs to, wherever in it the file lies.
func publishedAs(file string) string {
	if match := publishedFile.FindStringSubmatch(filepath.ToSlash(file)); match != nil {
		return match[1]
	}
	return ""
}

// ErrGone says that plugins, or the one given, cannot be built with the sources that this lab was built from.
func (o LabSource) ErrGone(plugin string) error {
	e := &trouble.Error{
		Class: trouble.Plugin, Plugin: plugin,
		Text: fmt.Sprintf("the sources of lab at %s are gone: this lab was built there, and builds plugins with them", o.gone),
		Hint: "build lab again where its sources are now; or require a published " + Module + " in the plugin's go.mod, " +
			"without replacing it; or name a program",
	}
	if !filepath.IsAbs(o.gone) { // go build -trimpath
		e.Text = "this lab does not know where its sources are: it was built with -trimpath in a checkout"
	}
	return e
}

// runGo runs the go command somewhere.
type runGo func(dir string, args ...string) (out, trouble []byte, err error)

// PlainGo is the runGo of those that have no host.
func PlainGo(dir string, args ...string) (out, trouble []byte, err error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err = cmd.Output()
	return out, stderr.Bytes(), err
}

// Published fetches a published netlab, unless it is in the module cache, and returns its directory and its go.sum with
// the lines for itself.
func Published(version string, run runGo) (dir, sums string, err error) {
	out, said, err := run(os.TempDir(), "mod", "download", "-json", Module+"@"+version)
	var m struct{ Dir, Sum, GoModSum, Error string }
	if parseErr := json.Unmarshal(out, &m); parseErr != nil || m.Error != "" {
		return "", "", &trouble.Error{
			Class: trouble.Plugin,
			Text:  fmt.Sprintf("cannot get %s@%s: %v %s%s", Module, version, err, m.Error, bytes.TrimSpace(said)),
			Hint:  "plugins are built with the sources of lab: is the Go module proxy within reach?",
			Err:   err,
		}
	}
	text, err := os.ReadFile(filepath.Join(m.Dir, "go.sum"))
	own := fmt.Sprintf("%s %s %s\n%[1]s %[2]s/go.mod %[4]s\n", Module, version, m.Sum, m.GoModSum)
	return m.Dir, string(text) + own, err
}

// GoModule is what a go.mod says of itself.
type GoModule struct {
	dir, path, GoVersion string
	netlab               string // the version of netlab that it requires
	replaced             string // by what it replaces netlab: a directory, or a module of another path
}

var (
	moduleLine  = regexp.MustCompile(`(?m)^module[ \t]+"?([^\s"]+)`)
	goLine      = regexp.MustCompile(`(?m)^go[ \t]+(\S+)`)
	netlabLine  = regexp.MustCompile(`(?m)^(?:require)?[ \t]*"?github\.com/netlab-dev/netlab"?[ \t]+(v\S+)[ \t]*(?:$|//)`)
	replaceLine = regexp.MustCompile(
		`(?m)^(?:replace)?[ \t]*"?github\.com/netlab-dev/netlab"?(?:[ \t]+v\S+)?[ \t]+=>[ \t]+("[^"\n]*"|` + "`[^`\n]*`" + `|\S+)`)
)

// inGoMod is a regular expression's group in a go.mod, "" without a match.
func inGoMod(line *regexp.Regexp, text []byte) string {
	match := line.FindSubmatch(text)
	if match == nil {
		return ""
	}
	return string(match[1])
}

// ReadModule reads the go.mod in dir.
func ReadModule(dir string) (GoModule, error) {
	text, err := readFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return GoModule{}, err
	}
	m := GoModule{
		dir: dir, path: inGoMod(moduleLine, text), GoVersion: inGoMod(goLine, text),
		netlab: inGoMod(netlabLine, text), replaced: inGoMod(replaceLine, text),
	}
	if plain, err := strconv.Unquote(m.replaced); err == nil {
		m.replaced = plain
	}
	return m, nil
}

// ownNetlab is the version of netlab that a plugin's module brings along by itself, be it by a directory in its place; ""
// when there is none. v0.0.0 stands for whatever takes its place.
func (m GoModule) ownNetlab() string {
	switch {
	case m.replaced == "" && m.netlab != "v0.0.0":
		return m.netlab
	case m.replaced == "", m.lostNetlab() != "":
		return ""
	}
	return m.netlab
}

// lostNetlab is the directory that the module puts in netlab's place, when there is no such directory.
func (m GoModule) lostNetlab() string {
	dir := filepath.FromSlash(m.replaced)
	if m.replaced == "" || !filepath.IsAbs(dir) && !strings.HasPrefix(m.replaced, ".") {
		return ""
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(m.dir, dir)
	}
	if IsDirectory(dir) {
		return ""
	}
	return dir
}

// enclosingModule finds the module that a directory is in.
func enclosingModule(dir string) (m GoModule, found bool) {
	for root := dir; ; root = filepath.Dir(root) {
		if m, err := ReadModule(root); err == nil && m.path != "" {
			return m, true
		}
		if root == filepath.Dir(root) {
			return GoModule{}, false
		}
	}
}

// maxFile bounds what is read of a directory that somebody else may have made.
const maxFile = 16 << 20

// readFile reads a regular file of a sensible size; others may never end.
func readFile(path string) ([]byte, error) {
	return regular.Read(path, maxFile, func(info fs.FileInfo) error {
		switch {
		case !info.Mode().IsRegular():
			return fmt.Errorf("%s: not a regular file (%v)", path, info.Mode().Type())
		case info.Size() > maxFile:
			return fmt.Errorf("%s has %d bytes, want at most %d", path, info.Size(), maxFile)
		}
		return nil
	})
}

// IsDirectory tells whether the path leads to a directory.
func IsDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
