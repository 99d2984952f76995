package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/netlab-dev/netlab/lab/build"
	"github.com/netlab-dev/netlab/lab/regular"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// Plugin is a program that serves kinds. It is found once per Host and started as often as there are nodes for it.
type Plugin struct {
	Name      string             // from the path, without lab-plugin-
	Path      string             // the program; of a composite, the built one
	Builtin   bool               // the kinds of the lab itself
	Directory string             // of a package that can be composed with others, else empty
	Manifest  *manifest.Manifest // see Look for one that was only looked at

	built  bool // by this lab
	mu     sync.Mutex
	shared *Process
}

// finding is the outcome of looking for a plugin, once ready is closed.
type finding struct {
	ready  chan struct{}
	plugin *Plugin
	err    error
}

// Find returns the plugin at path: a program, or the directory of a Go package, which is built as Compose says. The
// plugin is started once to learn its manifest; that process is the one that Shared returns later. What was found is
// kept for the life of the Host. Errors are *Error.
func (h *Host) Find(path string) (*Plugin, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if _, ok := h.reattach[build.NameOf(absolute)]; ok {
		return h.once(absolute, func() (*Plugin, error) { return h.described(absolute) })
	}
	isDir, err := examine(path)
	switch {
	case err != nil:
		return nil, err
	case isDir:
		return h.Compose([]string{absolute})
	}
	return h.once(absolute, func() (*Plugin, error) {
		p, err := h.described(absolute)
		if err == nil {
			keepModules(h.options.Cache, absolute, h.Own(p).Modules)
		}
		return p, err
	})
}

// Look returns what the files at path say of a plugin: where it is, whether it is a Go package that lab can build, and
// which modules it brings along. Nothing is built or started, so the manifest holds the modules only, and is nil for a
// program of which none are remembered. Errors are *Error, those that Find would have before it starts anything.
func Look(path string) (*Plugin, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	isDir, err := examine(path)
	if err != nil {
		return nil, err
	}
	p := &Plugin{Name: build.NameOf(absolute), Path: absolute}
	if !isDir {
		if modules, known := keptModules("", absolute); known {
			p.Manifest = &manifest.Manifest{Modules: modules}
		}
		return p, nil
	}
	p.Directory, p.Manifest = absolute, &manifest.Manifest{}
	if _, err = build.ReadPackage(absolute); err == nil {
		p.Manifest.Modules, err = packageModules(absolute)
	}
	return p, err
}

// examine refuses what can be no plugin: what is not there, and files that cannot be programs.
func examine(path string) (isDir bool, err error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return false, &trouble.Error{
			Class: trouble.Plugin, Plugin: path,
			Text: regular.Reason(err).Error(),
			Hint: "a plugin is a program or the directory of a Go package; a script's paths start at the script",
			Err:  err,
		}
	case info.IsDir():
		return true, nil
	case strings.HasSuffix(path, ".go"):
		return false, &trouble.Error{
			Class: trouble.Plugin, Plugin: path,
			Text: "a source file is not a plugin",
			Hint: "name its directory: " + filepath.Dir(path),
		}
	case !info.Mode().IsRegular():
		return false, &trouble.Error{Class: trouble.Plugin, Plugin: path, Text: fmt.Sprintf("neither a file nor a directory (%v)", info.Mode().Type())}
	case info.Mode().Perm()&0o111 == 0:
		return false, &trouble.Error{
			Class: trouble.Plugin, Plugin: path,
			Text: fmt.Sprintf("not executable (mode %v)", info.Mode()),
			Hint: "make it executable: chmod +x " + path,
		}
	}
	return false, nil
}

// once looks for a plugin unless somebody did or does already. A failure is not kept: the next caller tries again.
func (h *Host) once(key string, look func() (*Plugin, error)) (*Plugin, error) {
	h.mu.Lock()
	f, ok := h.found[key]
	if !ok {
		f = &finding{ready: make(chan struct{})}
		h.found[key] = f
	}
	h.mu.Unlock()
	if ok {
		<-f.ready
		return f.plugin, f.err
	}
	f.plugin, f.err = look()
	if f.err != nil {
		h.mu.Lock()
		delete(h.found, key)
		h.mu.Unlock()
	}
	close(f.ready)
	return f.plugin, f.err
}

// described starts the program once for its manifest.
func (h *Host) described(path string) (*Plugin, error) {
	p := &Plugin{Name: build.NameOf(path), Path: path}
	process, err := h.Shared(p)
	if err != nil {
		return nil, err
	}
	if err := process.Send(&wire.Command{Of: &wire.Command_Describe{Describe: &wire.Describe{}}}); err != nil {
		return nil, err
	}
	timer := time.NewTimer(h.options.StartTimeout)
	defer timer.Stop()
	var said *wire.Manifest
	select {
	case said = <-process.manifest:
	case <-process.Done():
		return nil, &trouble.Error{Class: trouble.Plugin, Text: process.Err().Error() + ", asked for its manifest", Err: process.Err()}
	case <-timer.C:
		process.Kill()
		return nil, &trouble.Error{Class: trouble.Plugin, Plugin: p.Name, Text: fmt.Sprintf("no manifest within %v", h.options.StartTimeout)}
	}
	if p.Manifest, err = read(said); err != nil {
		process.Kill()
		return nil, &trouble.Error{Class: trouble.Plugin, Plugin: p.Name, Text: fmt.Sprintf("its manifest: %v", err)}
	}
	return p, nil
}

var moduleName = regexp.MustCompile(`^[a-z][a-z0-9-]*/[^/]+\.star$`)

// read takes a manifest from the wire. It refuses what would confuse the lab; that the rest is sound is the sdk's care.
func read(said *wire.Manifest) (*manifest.Manifest, error) {
	if err := checkTexts(said.ProtoReflect()); err != nil {
		return nil, err
	}
	m, err := wire.FromManifest(said)
	if err != nil {
		return nil, err
	}
	for _, module := range m.Modules {
		if !moduleName.MatchString(module.Name) {
			return nil, fmt.Errorf("module %q: want PLUGIN/FILE.star", module.Name)
		}
	}
	seen := map[string]bool{}
	for _, kind := range m.Kinds {
		if kind.Name == "" || seen[kind.Name] {
			return nil, fmt.Errorf("kind %q: no name, or a name given twice", kind.Name)
		}
		seen[kind.Name] = true
	}
	if len(seen) == 0 {
		return nil, errors.New("it serves no kind")
	}
	return m, nil
}

// Start starts one process of the plugin. Errors are *Error, or ErrClosed.
func (h *Host) Start(p *Plugin, o StartOptions) (*Process, error) { return h.start(p, o) }

// Shared returns the one process that all sim worlds of a plugin live in. It starts one when there is none, or when
// the last one has ended.
func (h *Host) Shared(p *Plugin) (*Process, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shared != nil {
		if !p.shared.queue.isClosed() && !p.shared.abandoned.Load() {
			return p.shared, nil
		}
		<-p.shared.Done() // it is on its way out
	}
	process, err := h.start(p, StartOptions{Name: "shared"})
	if err != nil {
		return nil, err
	}
	p.shared = process
	return process, nil
}

// Resident is how much memory the one process takes that all sim worlds of a plugin live in, in bytes; 0 when there is
// none, or where the system does not tell.
func (h *Host) Resident(p *Plugin) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shared == nil {
		return 0
	}
	return p.shared.resident()
}

// hostLog takes the lines of a process that has no log of its own.
type hostLog struct {
	print  func(plugin, line string) // may be nil
	plugin string
	log    hclog.Logger
}

func (w *hostLog) Write(text []byte) (int, error) {
	line := strings.TrimRight(string(text), "\r\n")
	if w.print != nil {
		w.print(w.plugin, line)
	} else {
		w.log.Info(line)
	}
	return len(text), nil
}
