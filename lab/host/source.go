package host

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"strings"
)

// module is where the sdk and the built-in kinds come from.
const module = "github.com/netlab-dev/netlab"

// netlab says where this program's own module is: in a directory, for a program built from a checkout that is still
// there, or published under a version. Both are empty when neither is known.
func netlab() (dir, version string) {
	if _, file, _, ok := runtime.Caller(0); ok && !strings.Contains(file, "@") { // module@version is the module cache
		root := filepath.Dir(filepath.Dir(filepath.Dir(file)))
		if m, err := readModule(root); err == nil && m.path == module {
			return root, ""
		}
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "", ""
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == module && strings.HasPrefix(m.Version, "v") {
			return "", m.Version
		}
	}
	return "", ""
}

// published fetches a published netlab, unless it is in the module cache, and returns its directory and its go.sum with
// the lines for itself.
func published(version string) (dir, sums string, err error) {
	cmd := exec.Command("go", "mod", "download", "-json", module+"@"+version)
	cmd.Dir = os.TempDir()
	out, err := cmd.Output()
	var m struct{ Dir, Sum, GoModSum, Error string }
	if parseErr := json.Unmarshal(out, &m); parseErr != nil || m.Error != "" {
		return "", "", &Error{
			Text: fmt.Sprintf("cannot get %s@%s: %v %s", module, version, err, m.Error),
			Hint: "plugins are built with the sources of this lab: is the Go module proxy within reach?",
			Err:  err,
		}
	}
	text, err := os.ReadFile(filepath.Join(m.Dir, "go.sum"))
	own := fmt.Sprintf("%s %s %s\n%[1]s %[2]s/go.mod %[4]s\n", module, version, m.Sum, m.GoModSum)
	return m.Dir, string(text) + own, err
}

// goModule is what a go.mod says of itself.
type goModule struct {
	dir, path, goVersion string
}

var (
	moduleLine = regexp.MustCompile(`(?m)^module[ \t]+"?([^\s"]+)`)
	goLine     = regexp.MustCompile(`(?m)^go[ \t]+(\S+)`)
)

// readModule reads the go.mod in dir.
func readModule(dir string) (goModule, error) {
	text, err := readFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return goModule{}, err
	}
	m := goModule{dir: dir}
	if match := moduleLine.FindSubmatch(text); match != nil {
		m.path = string(match[1])
	}
	if match := goLine.FindSubmatch(text); match != nil {
		m.goVersion = string(match[1])
	}
	return m, nil
}

// enclosingModule finds the module that a directory is in.
func enclosingModule(dir string) (m goModule, found bool) {
	for root := dir; ; root = filepath.Dir(root) {
		if m, err := readModule(root); err == nil && m.path != "" {
			return m, true
		}
		if root == filepath.Dir(root) {
			return goModule{}, false
		}
	}
}

// maxFile bounds what is read of a directory that somebody else may have made.
const maxFile = 16 << 20

// readFile reads a regular file of a sensible size; others may never end.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s: not a regular file (%v)", path, info.Mode().Type())
	case info.Size() > maxFile:
		return nil, fmt.Errorf("%s has %d bytes, want at most %d", path, info.Size(), maxFile)
	}
	return os.ReadFile(path)
}

// isDirectory tells whether the path leads to a directory.
func isDirectory(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
