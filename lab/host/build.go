package host

import (
	"bytes"
	"cmp"
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
	"sync"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/trouble"
)

// composite is the module path of the generated program. It never leaves its directory.
const composite = "lab.composite"

// program is something to build: where the go command runs, what it builds, and where that goes.
type program struct {
	host     *Host
	packages []*goPackage
	dir      string            // in the cache; holds the built program and its stamp
	binary   string            // in dir
	target   string            // the package, for the go command
	files    map[string]string // generated, by name in dir; none for a package main
	fetch    []string          // versions of netlab to be fetched for it
}

// build returns the path of the program made of the packages, building it if anything has changed. One that another lab
// is building already is waited for.
func (h *Host) build(packages []*goPackage) (string, error) {
	p, err := h.plan(packages)
	if err != nil {
		return "", err
	}
	defer h.announce(packages)()
	building, err := lockEntry(h.ctx, p.dir)
	if err != nil {
		return "", err
	}
	defer building.Close()
	if !p.upToDate() {
		if err := p.make(h.ctx); err != nil {
			if h.ctx.Err() != nil {
				return "", ErrClosed
			}
			return "", err
		}
	}
	return p.binary, h.use(p)
}

// make builds the program. The caller holds the lock.
func (p *program) make(ctx context.Context) error {
	limit, err := cacheLimit()
	if err != nil {
		return err
	}
	if _, err := exec.LookPath("go"); err != nil {
		return &trouble.Error{
			Class: trouble.Plugin,
			Text:  fmt.Sprintf("plugin %s: building it needs Go, and there is no go on PATH", p.packages[0].dir),
			Hint:  "install Go from https://go.dev/dl, or build the plugin elsewhere and name the program",
			Err:   err,
		}
	}
	removeUnfinished(p.dir)
	if err := p.writeSources(ctx); err != nil {
		return err
	}
	if err := p.compile(ctx); err != nil {
		return err
	}
	prune(filepath.Dir(p.dir), limit, p.dir)
	return nil
}

// moment is how long a build may take before it is told of.
const moment = 300 * time.Millisecond

// announce tells of a build that takes longer than a moment, and of its end.
func (h *Host) announce(packages []*goPackage) (over func()) {
	if h.options.Building == nil {
		return func() {}
	}
	var names []string
	for _, p := range packages {
		names = append(names, shortPath(p.dir))
	}
	var mu sync.Mutex
	told, ended := false, false
	timer := time.AfterFunc(moment, bug.Guarded(func() {
		mu.Lock()
		defer mu.Unlock()
		if told = !ended; told {
			h.options.Building("building plugin " + strings.Join(names, ", ") + " ...")
		}
	}))
	return func() {
		timer.Stop()
		mu.Lock()
		defer mu.Unlock()
		if ended = true; told {
			h.options.Building("")
		}
	}
}

// shortPath names a directory from the working directory when it is below that.
func shortPath(dir string) string {
	work, err := os.Getwd()
	if err != nil {
		return dir
	}
	if inside, err := filepath.Rel(work, dir); err == nil && filepath.IsLocal(inside) {
		return "." + string(filepath.Separator) + inside
	}
	return dir
}

// plan decides what is to be built where, and with which netlab.
func (h *Host) plan(packages []*goPackage) (*program, error) {
	cache, err := cacheDirectory(h.options.Cache)
	if err != nil {
		return nil, err
	}
	lab := netlab()
	key := []string{lab.dir, lab.version}
	var names []string
	for _, p := range packages {
		key = append(key, p.dir)
		names = append(names, nameOf(p.dir))
	}
	p := &program{host: h, packages: packages, target: "."}
	p.dir = filepath.Join(cache, sum(strings.Join(key, "\n")))
	p.binary = filepath.Join(p.dir, prefix+strings.Join(names, "+"))
	if runtime.GOOS == "windows" {
		p.binary += ".exe"
	}
	if first := packages[0]; first.main {
		if lost := first.module.lostNetlab(); lost != "" {
			return nil, &trouble.Error{
				Class: trouble.Plugin,
				Text:  fmt.Sprintf("plugin %s: the sources of lab at %s are gone: its go.mod names them", first.dir, lost),
				Hint:  "let replace name where they are now, or remove it and require a published version",
			}
		}
		return p, nil
	}
	p.target = composite
	return p, p.generate(lab)
}

// requirement chooses the netlab that a composite of this lab is built with: this lab's own, or, when its sources are
// gone, those that the plugins' modules name.
func (p *program) requirement(lab labSource) (version string, err error) {
	if lab.dir != "" {
		return "", nil // it is part of the workspace
	}
	if lab.version != "" {
		p.fetch = []string{lab.version}
		return lab.version, nil
	}
	for _, pkg := range p.packages {
		own := pkg.module.ownNetlab()
		if own == "" {
			return "", lab.errGone(fmt.Sprintf("plugin %s: ", pkg.dir))
		}
		if pkg.module.replaced == "" {
			p.fetch = append(p.fetch, own)
		}
		version = own // the go command takes the highest that any module of the workspace requires
	}
	return version, nil
}

// generate writes the main program and its workspace. A workspace joins the modules as they are: their own go.sum files
// and replacements hold, so what builds alone also builds together, without the network.
func (p *program) generate(lab labSource) error {
	required, err := p.requirement(lab)
	if err != nil {
		return err
	}
	var main bytes.Buffer
	data := struct {
		Netlab   string
		Packages []string
	}{Netlab: module}
	goVersion, dirs := "1.26.0", []string{"."}
	if lab.dir != "" {
		dirs = append(dirs, lab.dir)
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
	if required != "" {
		mod += fmt.Sprintf("\nrequire %s %s\n", module, required)
	}
	p.files = map[string]string{"main.go": main.String(), "go.mod": mod, "go.work": work + ")\n"}
	return nil
}

// writeSources writes the generated files, and the checksums that a published netlab brings along.
func (p *program) writeSources(ctx context.Context) error {
	files := maps.Clone(p.files)
	run := func(dir string, args ...string) ([]byte, []byte, error) {
		return p.host.goCommand(ctx, dir, os.Environ(), args...)
	}
	for _, version := range p.fetch {
		_, sums, err := published(version, run)
		if err != nil {
			return err
		}
		files["go.sum"] += sums
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// compile runs the go command.
func (p *program) compile(ctx context.Context) error {
	made, err := os.CreateTemp(p.dir, unfinished)
	if err != nil {
		return err
	}
	defer os.Remove(made.Name()) // renamed when all went well
	if err := made.Close(); err != nil {
		return err
	}
	before, stampErr := p.takeStamp(ctx) // what changes during the build counts as changed
	_, v, err := p.run(ctx, "build", "-buildvcs=false", "-o", made.Name(), p.target)
	if err != nil {
		dirs := make([]string, len(p.packages))
		for i, pkg := range p.packages {
			dirs[i] = pkg.dir
		}
		failed := &trouble.Error{
			Class: trouble.Plugin,
			Text:  fmt.Sprintf("plugin %s does not build:\n%s", strings.Join(dirs, ", "), cmp.Or(string(v), err.Error())),
			Err:   err,
		}
		if bytes.Contains(v, []byte("undefined: sdk.Main")) {
			failed.Hint = `use serve.Main: import "github.com/netlab-dev/netlab/sdk/serve"`
		}
		return failed
	}
	if stampErr != nil {
		return stampErr
	}
	return p.finish(made.Name(), before)
}

// run is a go command in the first package's directory, so that it names files as their author does, that sees the
// generated workspace.
func (p *program) run(ctx context.Context, args ...string) (out, trouble []byte, err error) {
	env := os.Environ()
	if len(p.files) > 0 {
		flags := slices.DeleteFunc(strings.Fields(os.Getenv("GOFLAGS")), func(flag string) bool {
			name, _, _ := strings.Cut(strings.TrimLeft(flag, "-"), "=")
			return name == "mod" || name == "modfile" // a workspace is never changed by a build
		})
		env = append(env, "GO111MODULE=on", "GOFLAGS="+strings.Join(flags, " "), "GOWORK="+filepath.Join(p.dir, "go.work"))
	}
	return p.host.goCommand(ctx, p.packages[0].dir, env, args...)
}

// sum names a text by its content.
func sum(text string) string { return fmt.Sprintf("%016x", xxhash.Sum64String(text)) }
