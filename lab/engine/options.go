package engine

import (
	"net/netip"
	"sync"
	"time"
)

// Options of a run, for both engines.
type Options struct {
	Seed uint64
	// Full records every event. Otherwise sim leaves out those of calls and connections, as a sweep over seeds wants.
	Full bool
	// Recent bounds the trace to about so many events, the latest, as a run without an end wants; 0 keeps all.
	Recent int
	// Messages records every datagram of sdk.Messages that is sent: see Engine.Messages.
	Messages bool
	// Lanes records the fields of nodes that their kinds want drawn: in sim after each step of a node, in live every 20 ms.
	Lanes bool
	// Series adds to replies what their objects have measured over time: see Reply.Series.
	Series bool
	// Log takes the lines that components log, and in live what their processes print, with the time of the run. It may
	// be called from any goroutine and must not block. Nil discards them.
	Log func(at time.Duration, node, line string)
	// Port is told of every port that a live node opens, and where it is on this machine: real has another port number
	// when the true one could not be had. It may be called from any goroutine and must not block. Nil is fine.
	Port func(node, network string, port int, real netip.AddrPort)
	// Unserved says why a kind that the program of a sim world does not serve cannot be added, when that is known: *Error
	// or *PluginError. Nil is fine.
	Unserved func(kind string) error
	// Socks is told, once, where programs from outside take part in a live run: the address of a SOCKS5 endpoint, whose
	// user is the node that they dial as, and its password. Nil is fine.
	Socks func(address, password string)
}

func (o Options) log(at time.Duration, node, line string) {
	if o.Log != nil {
		o.Log(at, node, line)
	}
}

// interrupt is a run's emergency stop: set once, from any goroutine, seen by whoever waits.
type interrupt struct {
	once sync.Once
	err  error
	done chan struct{}
}

func newInterrupt() *interrupt { return &interrupt{done: make(chan struct{})} }

func (i *interrupt) set(err error) {
	i.once.Do(func() {
		i.err = err
		close(i.done)
	})
}

// get returns the error once there is one.
func (i *interrupt) get() error {
	select {
	case <-i.done:
		return i.err
	default:
		return nil
	}
}
