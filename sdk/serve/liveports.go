package serve

import (
	"errors"
	"net/netip"
	"sync"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// ports are the questions to the host about ports that a live node opens.
type ports struct {
	mu      sync.Mutex
	last    int64
	waiting map[int64]chan string
}

func (p *ports) ask() (id int64, answer chan string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.last++
	answer = make(chan string, 1)
	p.waiting[p.last] = answer
	return p.last, answer
}

func (p *ports) forget(id int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.waiting, id)
}

func (p *ports) answer(ok *wire.ListeningOk) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if answer := p.waiting[ok.GetId()]; answer != nil {
		answer <- ok.GetError()
		delete(p.waiting, ok.GetId())
	}
}

// listening tells the host of an open port, and waits until it is known there: nobody dials in vain.
func (w *liveWorld) listening(node, network string, port int, real netip.AddrPort) error {
	id, answer := w.ports.ask()
	w.out.put(w.id, &wire.Report{Of: &wire.Report_Listening{Listening: &wire.Listening{
		Id: id, Node: node, Network: network, Port: int32(port), Real: real.String(),
	}}})
	return w.settled(id, answer)
}

// route tells the host of a destination of datagrams, and waits until it is known there.
func (w *liveWorld) route(node, to string, port int) error {
	id, answer := w.ports.ask()
	w.out.put(w.id, &wire.Report{Of: &wire.Report_Route{Route: &wire.Route{
		Id: id, Node: node, To: to, Port: int32(port),
	}}})
	return w.settled(id, answer)
}

// settled waits for the host's answer.
func (w *liveWorld) settled(id int64, answer chan string) error {
	select {
	case text := <-answer:
		if text != "" {
			return errors.New(text)
		}
		return nil
	case <-w.node.Stopped():
		w.ports.forget(id)
		return sdk.ErrStopped
	}
}
