package build

import (
	"bytes"
	"cmp"
	"context"
	_ "embed"
	"fmt"
	"go/version"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"text/template"
	"time"

	"github.com/cespare/xxhash/v2"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/trouble"
)

//go:embed composite.go.tmpl
var compositeText string

var compositeMain = template.Must(template.New("composite.go").Parse(compositeText))

// composite is the module path of the generated program. It never leaves its directory.
const composite = "lab.composite"

// Prefix begins the name of every plugin program: lab-plugin-NAME.
const Prefix = "lab-plugin-"

// NameOf is the name of the plugin at a path.
func NameOf(path string) string {
	return strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), Prefix), ".exe")
}

// Builder builds plugins, and keeps their programs in the user's cache. It is safe for concurrent use.
type Builder struct {
	// Cache is where built plugins are kept. Empty: the user's cache directory.
	Cache string
	// Run runs a go command in a directory, and ends it when the context does. It is on PATH or has an absolute path.
	Run func(ctx context.Context, dir string, env []string, command string, args ...string) (out, trouble []byte, err error)
	// Building is told of a build that takes longer than a moment, for a line of progress; an empty text says that it is
	// over. Nil: nobody.
	Building func(text string)

	mu   sync.Mutex
	used []*os.File // locks on folders of the cache whose programs may be started
}

// Close lets go of the programs: from now on they may be removed.
func (b *Builder) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, held := range b.used {
		_ = held.Close()
	}
	b.used = nil
}

// program is something to build: where the go command runs, what it builds, and where that goes.
type program struct {
	builder  *Builder
	packages []*Package
	dir      string                                      // in the cache; holds the built program and its stamp
	binary   string                                      // in dir
	target   string                                      // the package, for the go command
	files    map[string]string                           // generated, by name in dir; none for a package main
	fetch    []string                                    // versions of netlab to be fetched for it
	noun     string                                      // what it is: "plugin", or "program" for a node
	called   string                                      // what the user calls it; "" for the directories of its packages
	env      []string                                    // more variables for the go command
	command  string                                      // the go command, when it is not that on PATH
	salt     string                                      // what else the program is made of
	flags    func(ctx context.Context) ([]string, error) // of go build; may be nil
}

// Build returns the path of the program made of the packages, building it if anything has changed. One that another lab
// is building already is waited for.
func (b *Builder) Build(ctx context.Context, packages []*Package) (string, error) {
	p, err := b.plan(packages)
	if err != nil {
		return "", err
	}
	return b.made(ctx, p)
}

// made returns the path of the program, after building it if anything has changed.
func (b *Builder) made(ctx context.Context, p *program) (string, error) {
	defer b.announce(p)()
	building, err := lockEntry(ctx, p.dir)
	if err != nil {
		return "", err
	}
	defer building.Close()
	if !p.upToDate() {
		if err := p.make(ctx); err != nil {
			return "", err
		}
	}
	return p.binary, b.use(p)
}

// make builds the program. The caller holds the lock.
func (p *program) make(ctx context.Context) error {
	for _, pkg := range p.packages {
		if err := checkSources(pkg.Dir); err != nil {
			return &trouble.Error{Class: trouble.Plugin, Plugin: pkg.Dir, Text: err.Error(), Hint: "remove it", Err: err}
		}
	}
	limit, err := cacheLimit()
	if err != nil {
		return err
	}
	if _, err := exec.LookPath("go"); err != nil {
		return &trouble.Error{
			Class: trouble.Plugin, Plugin: p.packages[0].Dir,
			Text: "building it needs Go, and there is no go on PATH",
			Hint: "install Go from https://go.dev/dl, or build it elsewhere and name the file",
			Err:  err,
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
func (b *Builder) announce(p *program) (over func()) {
	return b.Announce("building " + p.noun + " " + p.name(shortPath) + " ...")
}

// name is what the user calls the program.
func (p *program) name(shorten func(dir string) string) string {
	var names []string
	for _, pkg := range p.packages {
		names = append(names, shorten(pkg.Dir))
	}
	return cmp.Or(p.called, strings.Join(names, ", "))
}

// Announce tells of work that takes longer than a moment, and of its end.
func (b *Builder) Announce(text string) (over func()) {
	if b.Building == nil {
		return func() {}
	}
	var mu sync.Mutex
	told, ended := false, false
	timer := time.AfterFunc(moment, bug.Guarded(func() {
		mu.Lock()
		defer mu.Unlock()
		if told = !ended; told {
			b.Building(text)
		}
	}))
	return func() {
		timer.Stop()
		mu.Lock()
		defer mu.Unlock()
		if ended = true; told {
			b.Building("")
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
func (b *Builder) plan(packages []*Package) (*program, error) {
	cache, err := CacheDirectory(b.Cache)
	if err != nil {
		return nil, err
	}
	lab := Netlab()
	key := []string{lab.Dir, lab.Version}
	var names []string
	for _, p := range packages {
		key = append(key, p.Dir)
		names = append(names, NameOf(p.Dir))
	}
	p := &program{builder: b, packages: packages, target: ".", noun: "plugin"}
	p.dir = filepath.Join(cache, sum(strings.Join(key, "\n")))
	p.binary = filepath.Join(p.dir, Prefix+strings.Join(names, "+"))
	if first := packages[0]; first.Main {
		if lost := first.module.lostNetlab(); lost != "" {
			return nil, &trouble.Error{
				Class: trouble.Plugin, Plugin: first.Dir,
				Text: fmt.Sprintf("the sources of lab at %s are gone: its go.mod names them", lost),
				Hint: "let replace name where they are now, or remove it and require a published version",
			}
		}
		return p, nil
	}
	p.target = composite
	return p, p.generate(lab)
}

// requirement chooses the netlab that a composite of this lab is built with: this lab's own, or, when its sources are
// gone, those that the plugins' modules name.
func (p *program) requirement(lab LabSource) (version string, err error) {
	if lab.Dir != "" {
		return "", nil // it is part of the workspace
	}
	if lab.Version != "" {
		p.fetch = []string{lab.Version}
		return lab.Version, nil
	}
	for _, pkg := range p.packages {
		own := pkg.module.ownNetlab()
		if own == "" {
			return "", lab.ErrGone(pkg.Dir)
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
func (p *program) generate(lab LabSource) error {
	required, err := p.requirement(lab)
	if err != nil {
		return err
	}
	var main bytes.Buffer
	data := struct {
		Netlab   string
		Packages []string
	}{Netlab: Module}
	goVersion, dirs := "1.26.0", []string{"."}
	if lab.Dir != "" {
		dirs = append(dirs, lab.Dir)
	}
	for _, pkg := range p.packages {
		data.Packages = append(data.Packages, pkg.importPath)
		if !slices.Contains(dirs, pkg.module.dir) {
			dirs = append(dirs, pkg.module.dir)
		}
		if version.Compare("go"+pkg.module.GoVersion, "go"+goVersion) > 0 {
			goVersion = pkg.module.GoVersion
		}
	}
	if err := compositeMain.Execute(&main, data); err != nil {
		return err
	}
	work := "go " + goVersion + "\n\nuse (\n"
	for _, dir := range dirs {
		work += fmt.Sprintf("\t%q\n", filepath.ToSlash(dir))
	}
	mod := "module " + composite + "\n\ngo " + goVersion + "\n"
	if required != "" {
		mod += fmt.Sprintf("\nrequire %s %s\n", Module, required)
	}
	p.files = map[string]string{"main.go": main.String(), "go.mod": mod, "go.work": work + ")\n"}
	return nil
}

// writeSources writes the generated files, and the checksums that a published netlab brings along.
func (p *program) writeSources(ctx context.Context) error {
	files := maps.Clone(p.files)
	run := func(dir string, args ...string) ([]byte, []byte, error) {
		return p.builder.Run(ctx, dir, os.Environ(), "go", args...)
	}
	for _, version := range p.fetch {
		_, sums, err := Published(version, run)
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
	args := []string{"build", "-buildvcs=false", "-o", made.Name()}
	if !strings.Contains(os.Getenv("GOFLAGS"), "-ldflags") {
		args = append(args, "-ldflags=-w") // no debugger reads what is in the cache; linking takes a third less, and a fifth of the size
	}
	if p.flags != nil {
		more, err := p.flags(ctx)
		if err != nil {
			return err
		}
		args = append(args, more...)
	}
	before, stampErr := p.takeStamp(ctx) // what changes during the build counts as changed
	_, said, err := p.run(ctx, append(args, p.target)...)
	if err != nil {
		return &trouble.Error{
			Class: trouble.Plugin,
			Text:  fmt.Sprintf("%s %s does not build:\n%s", p.noun, p.name(filepath.Clean), cmp.Or(string(said), err.Error())),
			Hint:  p.mend(said),
			Err:   err,
		}
	}
	if stampErr != nil {
		return stampErr
	}
	return p.finish(made.Name(), before)
}

// mend is what may be done about what the go command has said.
func (p *program) mend(said []byte) string {
	switch {
	case bytes.Contains(said, []byte("undefined: sdk.Main")):
		return `use serve.Main: import "github.com/netlab-dev/netlab/sdk/serve"`
	case p.noun == "program" && (bytes.Contains(said, []byte("undefined: ")) || bytes.Contains(said, []byte("build constraints exclude"))):
		return "if it builds for this machine, it needs something that GOOS=wasip1 lacks; lab doc programs lists the limits"
	}
	return ""
}

// run is a go command in the first package's directory, so that it names files as their author does, that sees the
// generated workspace.
func (p *program) run(ctx context.Context, args ...string) (out, trouble []byte, err error) {
	env := append(os.Environ(), p.env...)
	if len(p.files) > 0 {
		flags := slices.DeleteFunc(strings.Fields(os.Getenv("GOFLAGS")), func(flag string) bool {
			name, _, _ := strings.Cut(strings.TrimLeft(flag, "-"), "=")
			return name == "mod" || name == "modfile" // a workspace is never changed by a build
		})
		env = append(env, "GO111MODULE=on", "GOFLAGS="+strings.Join(flags, " "), "GOWORK="+filepath.Join(p.dir, "go.work"))
	}
	return p.builder.Run(ctx, p.packages[0].Dir, env, cmp.Or(p.command, "go"), args...)
}

// sum names a text by its content.
func sum(text string) string { return fmt.Sprintf("%016x", xxhash.Sum64String(text)) }
