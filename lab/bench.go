package lab

import (
	"fmt"
	"os"
	"sync"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/script"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// bench is what all experiments of one command share: the host with its processes, and the plugins found for all files.
type bench struct {
	options Options
	host    *host.Host
	general []*host.Plugin // given by flags or found in the plugin folders
	unwatch func()

	logging sync.Mutex
}

func newBench(builtins *wire.Manifest, o Options) (*bench, error) {
	h, err := host.New(host.Options{Builtins: builtins, Self: o.Self})
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, host: h, unwatch: func() {}}
	if o.GiveUp != nil {
		b.unwatch = script.WatchHeap(0, func(err error) {
			h.Close()
			o.GiveUp(err)
		})
	}
	plugins, notices, err := h.Discover(o.Plugins)
	if err != nil {
		b.close()
		return nil, err
	}
	b.general = plugins
	b.notify(notices)
	return b, nil
}

func (b *bench) close() {
	b.unwatch()
	if err := b.host.Close(); err != nil && b.options.OnNotice != nil {
		b.options.OnNotice(err.Error())
	}
}

func (b *bench) notify(notices []host.Notice) {
	for _, n := range notices {
		if b.options.OnNotice != nil {
			b.options.OnNotice(n.Text)
		}
	}
}

// log writes one line of a component's log.
func (b *bench) log(node, line string) {
	if b.options.Log == nil {
		return
	}
	b.logging.Lock()
	defer b.logging.Unlock()
	fmt.Fprintf(b.options.Log, "%s  %s\n", node, line)
}

// engine makes the engine for one run of the file.
func (b *bench) engine(f *file, o engine.Options) (engine.Engine, error) {
	if b.options.Log == nil {
		o.Log = nil
	}
	if f.engine == "sim" {
		return engine.NewSim(b.host, f.world, o)
	}
	return engine.NewLive(b.host, func(kind string) *host.Plugin {
		_, p, _ := f.catalog.Kind(kind)
		return p
	}, o)
}

// exists says clearly that a target is no file.
func exists(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return &Error{Class: Usage, Message: fmt.Sprintf("%s: no such script", path), Hint: "lab run FILE, for example scripts/election.star", Err: err}
	case info.IsDir():
		return &Error{Class: Usage, Message: fmt.Sprintf("%s is a directory", path), Hint: "name the scripts: " + path + "/*.star"}
	}
	return nil
}
