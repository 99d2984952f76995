package engine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/relay"
	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/sdk/link"
)

// live runs every node as a process of its own, on real sockets that meet in the relay, and on the wall clock.
//
// Three sorts of goroutines meet here: the one that drives the engine and owns every field not marked otherwise, one
// per process that receives its reports, and the relay's. The latter two only write to the recorder, the inbox and
// their own liveNode.
type live struct {
	options Options
	host    *host.Host
	plugin  func(kind string) *host.Plugin
	network *relay.Network
	dir     string
	stop    *interrupt  // any goroutine
	record  *recorder   // any goroutine
	inbox   *inbox      // any goroutine
	timer   *time.Timer // of Run
	broken  error

	startLimit time.Duration

	top      *topology
	steps    []step
	calls    calls
	nodes    map[string]*liveNode  // by name, the newest incarnation of each
	places   map[string]place      // by name
	added    []string              // their names, in the order of adding
	clocks   map[string]*liveClock // by name, of those that a fault has met
	meters   map[FaultID]*link.Meter
	begun    bool
	lateness lateness
	barrier  int64
	closed   bool
	summary  Summary
}

// NewLive prepares a run of live processes. Nothing is started before the first Run. plugin tells which plugin serves
// a kind, nil when none does.
func NewLive(h *host.Host, plugin func(kind string) *host.Plugin, o Options) (Engine, error) {
	l := &live{
		options: o, host: h, plugin: plugin, startLimit: startLimit,
		stop: newInterrupt(), record: newRecorder(o.Recent), inbox: newInbox(), timer: time.NewTimer(time.Hour),
		top:   newTopology(func(kind string) bool { return plugin(kind) != nil }),
		nodes: map[string]*liveNode{}, places: map[string]place{}, clocks: map[string]*liveClock{},
		meters: map[FaultID]*link.Meter{},
	}
	l.timer.Stop()
	var err error
	config := relay.Config{Seed: o.Seed, OnConn: l.record.connection, OnPacket: l.record.packet, OnUndelivered: l.record.undelivered, OnTrouble: func(err error) {
		l.inbox.put(arrival{trouble: machineError(err)})
	}}
	if o.Messages {
		config.OnDatagram = l.record.datagram
	}
	l.record.news.tell = l.inbox.poke
	if l.network, err = relay.New(config); err != nil {
		l.record.release()
		return nil, err
	}
	if o.Socks != nil {
		o.Socks(l.network.Socks(), l.network.Password())
	}
	if l.dir, err = runDirectory(h.Dir()); err != nil {
		l.record.release()
		return nil, errors.Join(err, l.network.Close())
	}
	return l, nil
}

// runDirectory makes run-1, run-2, ... whichever is free.
func runDirectory(base string) (string, error) {
	for n := 1; ; n++ {
		dir := filepath.Join(base, fmt.Sprintf("run-%d", n))
		if err := os.Mkdir(dir, 0o700); !errors.Is(err, fs.ErrExist) {
			return dir, err
		}
	}
}

func (l *live) Apply(changes ...Change) error {
	steps, err := l.top.apply(changes)
	l.steps = append(l.steps, steps...)
	return err
}

func (l *live) Call(c Call) ID {
	return l.calls.add(c, l.Now())
}

func (l *live) Now() time.Duration {
	return l.network.Now()
}

func (l *live) Lanes() ([]trace.Lane, []string) { return l.record.lanes.All() }

func (l *live) Touched(f FaultID) int64 {
	if m := l.meters[f]; m != nil {
		return m.Count()
	}
	return 0
}

func (l *live) Links() Links { return l.top.state() }

func (l *live) Interrupt(err error) { l.stop.set(err) }

// Run carries out what belongs to this instant and waits.
func (l *live) Run(until time.Duration, wake Wake) (Progress, error) {
	var p Progress
	err := l.stopped()
	if err == nil {
		err = l.carryOut()
	}
	if err == nil {
		p.Replies = l.calls.refuse(l.top, l.Now())
		l.sendCalls()
		err = l.wait(until, wake, &p)
	}
	if err != nil && l.broken == nil {
		l.broken = err
	}
	p.Now = l.Now()
	p.Lateness = l.late()
	return p, err
}

func (l *live) stopped() error {
	if err := l.stop.get(); err != nil {
		return err
	}
	if l.closed {
		return errClosed
	}
	return l.broken
}

// wait collects until the time has come, or an answer to one of the calls, or a failure.
func (l *live) wait(until time.Duration, wake Wake, p *Progress) error {
	until = max(until, l.Now())
	l.record.watch(wake.Events)
	defer func() { p.Woken = l.record.unwatch(wake.Events) }()
	for {
		if err := l.collect(p); err != nil {
			return err
		}
		if wake.answered(p.Replies) || len(p.Failures) > 0 || len(l.record.met(wake.Events)) > 0 {
			return nil
		}
		left := until - l.Now()
		if left <= 0 {
			l.lateness.own = max(l.lateness.own, -left)
			return nil
		}
		l.timer.Reset(left)
		select {
		case <-l.inbox.signal:
		case <-l.timer.C:
		case <-l.stop.done:
			return l.stop.err
		}
	}
}
