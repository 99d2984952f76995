package host

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/build"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// startTimeout is how long a process has for its handshake, unless Options says otherwise.
const startTimeout = 10 * time.Second

// Options is a Host's configuration. The zero value is useful: no built-in kinds, no log.
type Options struct {
	// Log gets the host's own log, and the lines of processes that are given no log of their own. Nil: none.
	Log hclog.Logger
	// Print gets what processes print that are given no log of their own: the plugin's name and a line. It may be called
	// from any goroutine. Nil: it goes to Log.
	Print func(plugin, line string)
	// Builtins is the manifest of the plugin that Self serves when a host starts it. Nil: there is none.
	Builtins *manifest.Manifest
	// Self is the program that serves the built-in kinds. Empty: the running one.
	Self string
	// Dir is where the run directory is made. Empty: $TMPDIR, or /tmp when that is too long a name for a socket.
	Dir string
	// Cache is where built plugins are kept. Empty: the user's cache directory.
	Cache string
	// Building is told of a build that takes longer than a moment, for a line of progress; an empty text says that it is
	// over. Nil: nobody.
	Building func(text string)
	// StartTimeout limits a process's handshake. Zero: 10 s.
	StartTimeout time.Duration
}

// Host starts plugin processes and keeps track of them. Its methods may be called from any goroutine.
type Host struct {
	options  Options
	log      hclog.Logger
	dir      string
	lock     *os.File // on dir
	lifeline *lifeline
	forget   func() // the run directory is removed by Close, should lab not crash before
	builtin  *Plugin
	reattach map[string]wire.Reattach
	builder  *build.Builder
	checks   atomic.Bool // see CheckPrograms

	ctx      context.Context // ends with Close
	cancel   context.CancelCauseFunc
	spawner  chan func()
	families atomic.Uint64  // started so far
	disown   func() error   // the last of all hosts ends the orphans
	work     sync.WaitGroup // starts in progress, and processes

	mu        sync.Mutex
	closed    bool
	processes map[*Process]bool
	found     map[string]*finding // by absolute path, or several for a composite
}

// New makes a host with its run directory. The caller must Close it.
func New(o Options) (*Host, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	h := &Host{
		options: o, log: o.Log, spawner: make(chan func()), disown: sync.OnceValue(orphans.close),
		processes: map[*Process]bool{}, found: map[string]*finding{},
	}
	h.builder = &build.Builder{Cache: o.Cache, Building: o.Building, Run: h.goCommand}
	if o.Builtins != nil {
		h.builtin = &Plugin{Name: o.Builtins.Name, Path: o.Self, Builtin: true, Manifest: o.Builtins}
	}
	if err := h.open(); err != nil {
		return nil, err
	}
	if cache, err := build.CacheDirectory(o.Cache); err == nil {
		build.Sweep(cache)
	}
	h.ctx, h.cancel = context.WithCancelCause(context.Background())
	h.work.Go(bug.Guarded(h.spawnLoop))
	return h, nil
}

// complete sets the defaults of what a host always needs.
func (o *Options) complete() (err error) {
	if o.StartTimeout == 0 {
		o.StartTimeout = startTimeout
	}
	if o.Log == nil {
		o.Log = hclog.NewNullLogger()
	}
	if o.Self == "" {
		o.Self, err = os.Executable()
	}
	return err
}

// open takes what the host has of the system: what Close gives back. An error leaves nothing taken.
func (h *Host) open() (err error) {
	if h.reattach, err = parseReattach(os.Getenv(wire.ReattachVariable)); err != nil {
		return err
	}
	if h.lifeline, err = newLifeline(); err != nil {
		return err
	}
	if err := orphans.open(); err != nil {
		h.lifeline.close()
		return err
	}
	if h.dir, h.lock, err = runDirectory(h.options.Dir); err != nil {
		h.lifeline.close()
		return errors.Join(err, h.disown())
	}
	h.forget = bug.Cleanup(func() {
		orphans.killAll()
		_ = os.RemoveAll(h.dir)
	})
	return nil
}

// Dir is the run directory: it holds the plugins' sockets, only this user can enter it, and Close removes it.
func (h *Host) Dir() string { return h.dir }

// Builtin is the plugin of the built-in kinds, nil when Options named none.
func (h *Host) Builtin() *Plugin { return h.builtin }

// Close ends every process and removes the run directory. It may be called more than once, and while a start is in
// progress, which it ends. When it returns no process, file or goroutine of the host is left.
func (h *Host) Close() error {
	h.mu.Lock()
	h.closed = true
	all := make([]*Process, 0, len(h.processes))
	for p := range h.processes {
		all = append(all, p)
	}
	h.mu.Unlock()
	h.cancel(ErrClosed)
	var stopping sync.WaitGroup
	for _, p := range all {
		stopping.Go(bug.Guarded(p.Stop))
	}
	stopping.Wait()
	h.work.Wait()
	h.lifeline.close()
	h.builder.Close()
	err := errors.Join(h.disown(), os.RemoveAll(h.dir))
	h.forget()
	_ = h.lock.Close() // closing it twice, or nil, is an error that nobody needs
	return err
}

// begin enters something that Close has to wait for. The caller calls end when it is over.
func (h *Host) begin() (end func(), err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, ErrClosed
	}
	h.work.Add(1)
	return h.work.Done, nil
}

// register keeps track of a running process.
func (h *Host) register(p *Process) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return ErrClosed
	}
	h.processes[p] = true
	return nil
}

func (h *Host) unregister(p *Process) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.processes, p)
}

// spawnLoop starts processes, all from one thread. The parent-death signal comes when the thread that started a process
// ends, and Go ends idle threads at will; this one lives until all processes are gone.
func (h *Host) spawnLoop() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for {
		select {
		case start := <-h.spawner:
			start()
		case <-h.ctx.Done():
			return
		}
	}
}

// spawn runs start on the spawning thread.
func (h *Host) spawn(start func() error) error {
	result := make(chan error, 1)
	select {
	case h.spawner <- func() { result <- start() }:
		return <-result
	case <-h.ctx.Done():
		return ErrClosed
	}
}
