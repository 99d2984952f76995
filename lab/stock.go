package lab

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/sdk/manifest"
)

// stock is what the runs of a file can add. It is immutable.
type stock struct {
	catalog *host.Catalog
	kinds   *script.Kinds
	world   *host.Plugin // sim: the one whose process holds all nodes
}

// shelf holds the stock of a file, which grows when a run asks for a kind that only an installed plugin may serve.
type shelf struct {
	plugins []*host.Plugin // that somebody has named, the most important first
	current atomic.Pointer[stock]

	mu        sync.Mutex     // held while the stock grows
	installed []*host.Plugin // those that were needed
}

// fill makes the stock. An installed plugin adds kinds, and takes the place of none: whether it is started hangs on what
// a script lacks, and what a kind means must not.
func (b *session) fill(f *file) error {
	var next stock
	var notices []host.Notice
	next.catalog, notices = host.NewCatalog(slices.Concat(f.plugins, []*host.Plugin{b.host.Builtin()}, f.installed)...)
	b.notify(notices)
	var kinds []*manifest.Kind
	for _, name := range next.catalog.Names() {
		kind, _, _ := next.catalog.Kind(name)
		kinds = append(kinds, kind)
	}
	var err error
	if next.kinds, err = script.NewKinds(kinds...); err != nil {
		return err
	}
	if f.engine == "sim" || b.options.Engine == Both {
		if next.world, err = b.worldOf(slices.Concat(f.plugins, f.installed)); err != nil {
			return err
		}
	}
	f.current.Store(&next)
	return nil
}

// supplied is a run, and once more when an installed plugin serves the kind that it has lacked.
func (b *session) supplied(ctx context.Context, f *file, run func(*stock) *script.Result) *script.Result {
	for {
		result := run(f.current.Load())
		if result.Lacked == "" || !b.supply(ctx, f, result.Lacked) {
			return result
		}
	}
}

// supply looks for a kind among the installed plugins, which it starts for that, and tells whether the file has it now.
func (b *session) supply(ctx context.Context, f *file, kind string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, _, known := f.current.Load().catalog.Kind(kind); known {
		return true // another run has lacked it, too
	}
	found, _ := host.NewCatalog(b.startInstalled(ctx)...)
	_, plugin, ok := found.Kind(kind)
	if !ok {
		return false
	}
	f.installed = append(f.installed, plugin)
	return b.fill(f) == nil // what could be wrong with the plugin has been looked at
}

// startInstalled starts the installed plugins, once. The end of the context ends that.
func (b *session) startInstalled(ctx context.Context) []*host.Plugin {
	b.starting.Do(func() {
		defer context.AfterFunc(ctx, bug.Guarded(func() { _ = b.host.Close() }))()
		found, notices := b.host.FindAll(b.installed)
		for _, p := range found {
			if _, err := script.NewKinds(p.Manifest.Kinds...); err != nil {
				notices = append(notices, host.Notice{Path: p.Path, Text: fmt.Sprintf("plugin %s left out: %v", p.Name, err)})
				continue
			}
			b.started = append(b.started, p)
		}
		if ctx.Err() == nil {
			b.notify(notices)
		}
	})
	return b.started
}
