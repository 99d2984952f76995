package network

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
)

func TestAHandshakeThatNobodyFinishesEnds(t *testing.T) {
	l := both(t, link.Profile{})
	m := new(link.Meter)
	back := l.b.Path(l.a)
	back.AddEffect(link.Cut, m)
	a := l.knock()
	l.pass(10 * time.Second)
	b := a.end.Peer().Socket().(*socket)
	a.end.Abort() // without a reset, as the dial was not answered
	l.pass(5 * time.Minute)
	if !b.gone {
		t.Error("the acceptor still waits for the dialler after five minutes")
	}
	back.RemoveEffect(link.Cut, m)
	if a, _ = l.dial(); !a.end.Open() {
		t.Error("no new dial is answered")
	}
}

func TestASynThatComesAfterTheAcceptorHasForgottenTheDialBeginsAnew(t *testing.T) {
	l := both(t, link.Profile{})
	m := new(link.Meter)
	l.b.Path(l.a).AddEffect(link.Cut, m)
	a := l.knock()
	l.pass(time.Second / 2)
	l.there().AddEffect(link.Cut, m)
	l.pass(60 * time.Second) // the SYN of 63 s is left, and comes late
	l.there().SetProfile(link.Profile{Latency: link.NewFixed(100 * ms)})
	l.there().RemoveEffect(link.Cut, m)
	l.b.Path(l.a).RemoveEffect(link.Cut, m)
	first := a.end.Peer().Socket().(*socket)
	l.pass(time.Minute)
	if !first.gone || !a.end.Open() || a.end.Peer().Socket() == Socket(first) {
		t.Errorf("first socket gone %v, open %v, want a new socket", first.gone, a.end.Open())
	}
	l.wantBetween("connected", a.opened, 63100*ms, 63101*ms)
}
