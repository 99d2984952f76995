package lab

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/value"
)

// session is what all experiments of one command share: the host with its processes, and the plugins found for all files.
type session struct {
	options Options
	host    *host.Host             // nil: scripts are only looked at, nothing is built or started
	general []*host.Plugin         // given by flags
	modules []*manifest.Module     // of plugins that are at hand without being named by a script
	looked  map[string]bool        // programs that a notice was about
	guard   *guard                 // nil when nobody can end the process
	running atomic.Pointer[string] // FILE::EXPERIMENT

	failed atomic.Int64 // runs

	used sync.Map // kinds that an experiment has added

	installed []string       // paths of plugins that nobody has named
	starting  sync.Once      // of those
	started   []*host.Plugin // after starting, those that can be used

	programs sync.Map                  // path and checks -> *made
	built    atomic.Pointer[time.Time] // when the last of them was; nil before

	logging sync.Mutex
	mapped  map[string]bool // ports of live nodes that were told of, guarded by logging
}

// newSession starts the host. Until ready is called, the end of the context closes it, which ends the search for plugins.
func newSession(ctx context.Context, builtins *manifest.Manifest, o Options) (b *session, ready func(), err error) {
	removeDeadControls()
	b = &session{options: o, mapped: map[string]bool{}}
	b.host, err = host.New(host.Options{Builtins: builtins, Self: o.Self, Building: o.OnBuild, Print: b.log})
	if err != nil {
		return nil, nil, err
	}
	h := b.host
	if o.GiveUp != nil {
		b.guard = newGuard(ctx, b)
	}
	release := context.AfterFunc(ctx, bug.Guarded(func() { _ = h.Close() })) // once more in close, which tells what went wrong
	if b.general, err = h.FindNamed(o.Plugins); err != nil {
		release()
		b.close()
		return nil, nil, err
	}
	b.modules = builtins.Modules
	for _, p := range b.general {
		b.modules = append(b.modules, h.Own(p).Modules...)
	}
	b.notify(host.Unread())
	return b, func() { release() }, nil
}

func (b *session) close() {
	b.guard.end()
	if err := b.host.Close(); err != nil {
		b.notice(err.Error())
	}
}

func (b *session) notice(text string) {
	if b.options.OnNotice != nil {
		b.options.OnNotice(text)
	}
}

func (b *session) notify(notices []host.Notice) {
	for _, n := range notices {
		b.notice(n.Text)
	}
}

// idlePlugins notices plugins of the command line of which no experiment has used a kind: one that was meant to take the
// place of another one may be called otherwise.
func (b *session) idlePlugins() {
	for _, path := range b.options.Plugins {
		p, err := b.host.Find(path) // it has been found before
		if err != nil {
			continue
		}
		var kinds []string
		used := false
		for _, k := range b.host.Own(p).Kinds {
			_, found := b.used.Load(k.Name)
			used = used || found
			kinds = append(kinds, k.Name)
		}
		if !used {
			b.notice(fmt.Sprintf("--plugin %s: no experiment has added one of its kinds: %s", path, strings.Join(kinds, ", ")))
		}
	}
}

// logged takes the lines of a run: what its components log, and what its script prints, with the time of the run.
func (b *session) logged(seed uint64) func(at time.Duration, source, line string) {
	return func(at time.Duration, source, line string) {
		b.log(fmt.Sprintf("%s %s seed %d", value.Short(at), source, seed), line)
	}
}

// log writes one line. Its source is a plugin, whose process serves several runs, or time, node and seed: see logged.
func (b *session) log(source, line string) {
	if b.options.Log == nil {
		return
	}
	b.logging.Lock()
	defer b.logging.Unlock()
	fmt.Fprintf(b.options.Log, "%s  %s\n", source, line)
}

// port tells where a live node's port is for somebody from outside, such as nc, when it lies elsewhere on this machine
// because it was taken: once, because the nodes never see the difference.
func (b *session) port(node, network string, port int, real netip.AddrPort) {
	if int(real.Port()) == port {
		return
	}
	b.logging.Lock()
	defer b.logging.Unlock()
	if name := fmt.Sprintf("%s port %d of %s", network, port, node); !b.mapped[name] {
		b.mapped[name] = true
		b.notice(fmt.Sprintf("%s is unavailable on this machine; from outside it is %s", name, real))
	}
}

// engine makes the engine for one run of the file, on what it has in stock.
func (b *session) engine(f *file, s *stock, o engine.Options) (engine.Engine, error) {
	log := b.logged(o.Seed)
	if b.options.Log != nil {
		o.Log = log
	}
	if f.engine == "sim" {
		o.Unserved = func(kind string) error { return b.unserved(s, kind) }
		return engine.NewSim(b.host, s.world, o)
	}
	var live engine.Engine
	var err error
	port := o.Port
	o.Port = func(node, network string, number int, real netip.AddrPort) {
		log(live.Now(), node, fmt.Sprintf("listens on %s port %d: %s", network, number, real))
		b.port(node, network, number, real)
		if port != nil {
			port(node, network, number, real)
		}
	}
	if o.Socks == nil {
		o.Socks = func(address, password string) {
			log(0, "lab", "programs from outside take part through socks5h://NODE:"+password+"@"+address)
		}
	}
	live, err = engine.NewLive(b.host, func(kind string) *host.Plugin {
		_, p, _ := s.catalog.Kind(kind)
		return p
	}, o)
	return live, err
}
