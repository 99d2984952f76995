package host

import (
	"bytes"
	"context"
	"fmt"
	"go/version"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
)

// composite is the module path of the generated program. It never leaves its directory.
const composite = "lab.composite"

// program is something to build: where the go command runs, what it builds, and where that goes.
type program struct {
	packages []*goPackage
	dir      string            // in the cache; holds the built program and its stamp
	binary   string            // in dir
	target   string            // the package, for the go command
	files    map[string]string // generated, by name in dir; none for a package main
}

// build returns the path of the program made of the packages, building it if anything has changed.
func (h *Host) build(packages []*goPackage) (string, error) {
	p, err := h.plan(packages)
	if err != nil {
		return "", err
	}
	if p.upToDate() {
		return p.binary, nil
	}
	if _, err := exec.LookPath("go"); err != nil {
		return "", &Error{
			Text: fmt.Sprintf("plugin %s: building it needs Go, and there is no go on PATH", packages[0].dir),
			Hint: "install Go from https://go.dev/dl, or build the plugin elsewhere and name the program",
			Err:  err,
		}
	}
	if err := os.MkdirAll(p.dir, 0o755); err != nil {
		return "", err
	}
	if err := p.writeSources(); err != nil {
		return "", err
	}
	if err := p.compile(h.ctx); err != nil {
		if h.ctx.Err() != nil {
			return "", ErrClosed
		}
		return "", err
	}
	return p.binary, nil
}

// plan decides what is to be built where.
func (h *Host) plan(packages []*goPackage) (*program, error) {
	cache := h.options.Cache
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return nil, &Error{Text: "no place for built plugins: " + err.Error(), Hint: "set XDG_CACHE_HOME or HOME", Err: err}
		}
		cache = filepath.Join(user, "lab")
	}
	dir, version := netlab()
	key := []string{dir, version}
	var names []string
	for _, p := range packages {
		key = append(key, p.dir)
		names = append(names, nameOf(p.dir))
	}
	p := &program{packages: packages, target: "."}
	p.dir = filepath.Join(cache, "build", sum(strings.Join(key, "\n")))
	p.binary = filepath.Join(p.dir, prefix+strings.Join(names, "+"))
	if runtime.GOOS == "windows" {
		p.binary += ".exe"
	}
	if packages[0].main {
		return p, nil
	}
	p.target = composite
	if dir == "" && version == "" {
		return nil, &Error{
			Text: fmt.Sprintf("plugin %s: this lab does not know its own version, and cannot build plugins with its kinds",
				packages[0].dir),
			Hint: "install lab with go install " + module + "/cmd/lab@latest, or build it in its checkout",
		}
	}
	return p, p.generate(dir, version)
}

// generate writes the main program and its workspace. A workspace joins the modules as they are: their own go.sum files
// and replacements hold, so what builds alone also builds together, without the network.
func (p *program) generate(netlabDir, netlabVersion string) error {
	var main bytes.Buffer
	data := struct {
		Netlab   string
		Packages []string
	}{Netlab: module}
	goVersion, dirs := "1.26.0", []string{"."}
	if netlabDir != "" {
		dirs = append(dirs, netlabDir)
	}
	for _, pkg := range p.packages {
		data.Packages = append(data.Packages, pkg.importPath)
		if !slices.Contains(dirs, pkg.module.dir) {
			dirs = append(dirs, pkg.module.dir)
		}
		if version.Compare("go"+pkg.module.goVersion, "go"+goVersion) > 0 {
			goVersion = pkg.module.goVersion
		}
	}
	if err := templates.ExecuteTemplate(&main, "composite.go.tmpl", data); err != nil {
		return err
	}
	work := "go " + goVersion + "\n\nuse (\n"
	for _, dir := range dirs {
		work += fmt.Sprintf("\t%q\n", filepath.ToSlash(dir))
	}
	mod := "module " + composite + "\n\ngo " + goVersion + "\n"
	if netlabDir == "" {
		mod += fmt.Sprintf("\nrequire %s %s\n", module, netlabVersion)
	}
	p.files = map[string]string{"main.go": main.String(), "go.mod": mod, "go.work": work + ")\n"}
	return nil
}

// writeSources writes the generated files, and the checksums that a published netlab brings along. What is there
// already is left alone: another lab may be reading it.
func (p *program) writeSources() error {
	files := maps.Clone(p.files)
	if _, version := netlab(); version != "" && len(files) > 0 {
		_, sums, err := published(version)
		if err != nil {
			return err
		}
		files["go.sum"] = sums
	}
	for name, text := range files {
		path := filepath.Join(p.dir, name)
		if old, err := os.ReadFile(path); err == nil && string(old) == text {
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// compile runs the go command. Its place is the first package's directory, so that it names files as their author does.
func (p *program) compile(ctx context.Context) error {
	made, err := os.CreateTemp(p.dir, "building-*")
	if err != nil {
		return err
	}
	defer os.Remove(made.Name()) // renamed when all went well
	if err := made.Close(); err != nil {
		return err
	}
	before, stampErr := p.takeStamp(ctx) // what changes during the build counts as changed
	cmd := p.command(ctx, "build", "-buildvcs=false", "-o", made.Name(), p.target)
	if out, err := cmd.CombinedOutput(); err != nil {
		dirs := make([]string, len(p.packages))
		for i, pkg := range p.packages {
			dirs[i] = pkg.dir
		}
		return &Error{
			Text: fmt.Sprintf("plugin %s does not build:\n%s", strings.Join(dirs, ", "), bytes.TrimSpace(out)),
			Err:  err,
		}
	}
	if stampErr != nil {
		return stampErr
	}
	if err := os.Rename(made.Name(), p.binary); err != nil {
		return err
	}
	return p.writeStamp(before)
}

// command is a go command in the first package's directory that sees the generated workspace.
func (p *program) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.WaitDelay = time.Second // the compilers that it has started may outlive it
	cmd.Dir = p.packages[0].dir
	cmd.Env = os.Environ()
	if len(p.files) > 0 {
		flags := slices.DeleteFunc(strings.Fields(os.Getenv("GOFLAGS")), func(flag string) bool {
			return strings.HasPrefix(strings.TrimLeft(flag, "-"), "mod=") // a workspace is never changed by a build
		})
		cmd.Env = append(cmd.Env, "GO111MODULE=on", "GOFLAGS="+strings.Join(flags, " "),
			"GOWORK="+filepath.Join(p.dir, "go.work"))
	}
	return cmd
}

// sum names a text by its content.
func sum(text string) string { return fmt.Sprintf("%016x", xxhash.Sum64String(text)) }
