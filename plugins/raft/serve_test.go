package raft

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/plugins/raft/kv"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sim"
)

// probe is a client whose requests a test writes by hand.
type probe struct {
	w        *world
	messages *sdk.Messages
	answers  []response
}

const probeName = "c9"

func (w *world) probe() *probe {
	w.t.Helper()
	p := &probe{w: w}
	w.run(probeName, func(e sdk.Env) error {
		messages, err := sdk.OpenMessages(e, 9000)
		if err != nil {
			return err
		}
		p.messages = messages
		for {
			wire, err := messages.Receive(time.Time{})
			if err != nil {
				return err
			}
			answer, err := decodeResponse(wire)
			if err != nil {
				return err
			}
			p.answers = append(p.answers, answer)
		}
	})
	w.pass(0)
	return p
}

func (p *probe) send(server string, id, term uint64, c kv.Command) {
	q := request{origin: origin{id: id}, term: term, command: c}
	p.w.Node(probeName).Call(func(sdk.Env) {
		typ, fields, payload := q.encode()
		if err := p.messages.Send(sdk.MakeAddr(server, 7000), typ, fields, payload); err != nil {
			p.w.t.Error(err)
		}
	}, func(bool) {})
}

// ask sends a request and returns the first answer to it.
func (p *probe) ask(server string, id, term uint64, c kv.Command) (answer response) {
	p.w.t.Helper()
	before := len(p.answers)
	p.send(server, id, term, c)
	p.w.await(fmt.Sprintf("an answer to %s", c), func() bool {
		at := slices.IndexFunc(p.answers[before:], func(a response) bool { return a.id == id })
		if at >= 0 {
			answer = p.answers[before+at]
		}
		return at >= 0
	})
	return answer
}

// open opens a session in a cluster with a leader.
func (p *probe) open() uint64 {
	p.w.t.Helper()
	lead := p.w.elect()
	return p.ask(lead, 1<<40+uint64(len(p.answers)), p.w.status(lead).Term, kv.Command{Op: kv.Open}).result.Session
}

func incr(session, sequence uint64) kv.Command {
	return kv.Command{Op: kv.Incr, Key: "n", By: 1, Session: session, Sequence: sequence}
}

// exact has all links take 5 ms, so that a test can act between two messages.
func (w *world) exact() { w.SetDefault(link.Profile{Latency: link.NewFixed(5 * time.Millisecond)}) }

// commands counts the entries of a node's log that are a command.
func (w *world) commands(name string, c kv.Command) (n int) {
	w.t.Helper()
	for _, command := range w.words(name) {
		if command == c.String() {
			n++
		}
	}
	return n
}

// words are the commands of a node's log as people read them.
func (w *world) words(name string) (words []string) {
	w.t.Helper()
	entries, err := w.rafts[name].readLog(w.Node(name), LogArgs{})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		if e.Command != nil {
			words = append(words, *e.Command)
		}
	}
	return words
}

func TestARequestIsTakenOnlyInTheTermItNames(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 1}, nil)
	p := w.probe()
	session := p.open()
	lead := w.leader()
	term := w.status(lead).Term
	for i, wrong := range []uint64{0, term - 1, term + 1} {
		a := p.ask(lead, uint64(i), wrong, incr(session, 1))
		if a.status != statusElsewhere || a.leader != lead || a.term != term {
			t.Errorf("in term %d: %+v", wrong, a)
		}
	}
	for _, name := range w.names {
		if name == lead {
			continue
		}
		if a := p.ask(name, 7, 0, incr(session, 1)); a.status != statusElsewhere || a.leader != lead || a.term != term {
			t.Errorf("%s does not name the leader %s of term %d: %+v", name, lead, term, a)
		}
	}
	if a := p.ask(lead, 8, term, incr(session, 1)); a.status != statusDone || a.result.Value != kv.Integer(1) {
		t.Errorf("in term %d: %+v", term, a)
	}
}

// The leader crashes when the command is applied and before its client has heard of it: the next leader knows.
func TestARetryAtTheNextLeaderIsAnsweredFromTheSession(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 2}, nil)
	p := w.probe()
	session := p.open()
	old := w.leader()
	w.cut(old, probeName)
	p.send(old, 1, w.status(old).Term, incr(session, 1))
	w.await("the command is applied", func() bool { return w.rafts[old].held("n") == kv.Integer(1) })
	w.Node(old).Crash()
	w.agree("the next leader has applied all")
	next := w.leader()
	a := p.ask(next, 1, w.status(next).Term, incr(session, 1))
	if a.status != statusDone || a.result.Value != kv.Integer(1) {
		t.Errorf("the retry: %+v", a)
	}
	if n := w.commands(next, incr(session, 1)); n != 1 {
		t.Errorf("the command stands %d times in the log, although its result was known", n)
	}
}

// The session's first entry may be in a new leader's log and not yet applied: that is not a session that has expired.
func TestANewLeaderDoesNotCallExpiredWhatItHasNotApplied(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 3}, func(r *Raft) { r.PreVote, r.CheckQuorum = false, false })
	w.exact()
	p := w.probe()
	w.agree("x")
	old := w.leader()
	next, third := others(w, old)
	w.cut(old, third)
	p.send(old, 1, w.status(old).Term, kv.Command{Op: kv.Open})
	w.pass(12 * time.Millisecond) // there, and on to next; its answer is under way
	w.cut(old, next)              // which never learns that the session is committed
	w.await("the session", func() bool { return len(p.answers) > 0 })
	session := p.answers[0].result.Session
	w.Node(old).Crash()
	call(w, next, (*Raft).campaign)
	w.await("the next leader", func() bool { return w.leader() == next })
	if session == 0 || w.rafts[next].status.Applied >= session {
		t.Fatalf("session %d is applied: %+v", session, w.status(next))
	}
	a := p.ask(next, 2, w.status(next).Term, incr(session, 1))
	if a.status != statusDone || a.result.Value != kv.Integer(1) {
		t.Errorf("%+v", a)
	}
}

func others(w *world, not string) (string, string) {
	var rest []string
	for _, name := range w.names {
		if name != not {
			rest = append(rest, name)
		}
	}
	return rest[0], rest[1]
}

// Refused is a promise about all copies, and a node that has restarted has forgotten what it took before.
func TestALeaderThatHasRestartedRefusesNothingForCertain(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 4}, func(r *Raft) { r.CheckQuorum = false })
	w.exact()
	p := w.probe()
	session := p.open()
	w.agree("the session is applied everywhere")
	old := w.leader()
	term := w.status(old).Term
	next, third := others(w, old)
	w.cut(old, third)
	w.cut(next, old)
	p.send(old, 1, term, incr(session, 1))
	w.pass(30 * time.Millisecond) // the command is in the logs of old and next, and not committed
	w.Node(old).Crash()
	w.heal()
	w.isolate(third)
	w.start(old)
	w.pass(200 * time.Millisecond)
	call(w, next, (*Raft).campaign)
	w.await("the next leader", func() bool { return w.leader() == next })
	w.cut(old, next)
	w.await("old has applied the session", func() bool {
		_, isKnown := w.rafts[old].store.Known(session, 1)
		return !isKnown
	})
	if a := p.ask(old, 1, term, incr(session, 1)); a.status != statusElsewhere {
		t.Errorf("old says %+v of a command that is in the log of %s", a, next)
	}
	w.heal()
	w.await("the command is applied", func() bool { return w.rafts[next].held("n") == kv.Integer(1) })
}

// Lost and refused are said by who knows: the leader of that term, which remembers all that it has taken.
func TestADeposedLeaderSaysWhatItHasNotTaken(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 5}, func(r *Raft) { r.CheckQuorum = false })
	p := w.probe()
	session := p.open()
	w.agree("the session is applied everywhere")
	old := w.leader()
	term := w.status(old).Term
	w.isolate(old)
	p.send(old, 1, term, incr(session, 1))
	w.await("another leader", func() bool { return w.leader() != old })
	w.heal()
	w.await("an answer", func() bool { return len(p.answers) > 1 })
	if a := p.answers[1]; a.status != statusLost || a.asked != term || a.leader != w.leader() {
		t.Errorf("what it has taken: %+v", a)
	}
	for id := range uint64(2) { // a copy, and one that it has never seen
		if a := p.ask(old, id+1, term, incr(session, 1+id)); a.status != statusRefused || a.term <= term {
			t.Errorf("request %d in an old term: %+v", id+1, a)
		}
	}
	for range 3 {
		w.entries(4000, kv.Command{Op: kv.Open})
	}
	w.agree("the session is gone")
	if a := p.ask(old, 1, term, incr(session, 1)); a.status != statusElsewhere {
		t.Errorf("of a session that it does not know: %+v", a)
	}
}

// Copies of a request that waits are not taken: they would make a log of what is asked for impatiently.
func TestACopyOfAWaitingRequestIsNotTakenAgain(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 6}, nil)
	w.syncsTake(100 * time.Millisecond)
	p := w.probe()
	session := p.open()
	lead := w.leader()
	for range 10 {
		p.send(lead, 1, w.status(lead).Term, incr(session, 1))
		w.pass(5 * time.Millisecond)
	}
	w.agree("done")
	if n := w.commands(lead, incr(session, 1)); n != 1 || len(p.answers) < 2 {
		t.Errorf("the command stands %d times in the log, %d answers", n, len(p.answers))
	}
}

// What waits in the log of an isolated leader is bounded, and no burden for the next time that it leads. Who is told that
// there is no room can rely on it: no copy of the request is taken later.
func TestRequestsThatWaitAreBounded(t *testing.T) {
	const most = 100
	w := newWorld(t, 3, sim.Config{Seed: 7}, func(r *Raft) {
		r.PreVote, r.CheckQuorum, r.MaxUncommitted = false, false, most
	})
	p := w.probe()
	w.agree("x")
	old := w.leader()
	last := w.status(old).Last
	w.isolate(old)
	for id := range uint64(most + 10) {
		p.send(old, id, w.status(old).Term, kv.Command{Op: kv.Get, Key: "x"})
	}
	w.await("another leader", func() bool { return w.leader() != old })
	busy := 0
	for _, a := range p.answers {
		if a.status == statusBusy {
			busy++
		}
	}
	if got := w.status(old).Last; got != last+most || busy != 10 {
		t.Errorf("%d requests were taken and %d called busy, want %d and 10", got-last, busy, most)
	}
	w.heal()
	w.agree("y")
	call(w, old, (*Raft).campaign)
	w.await("old leads again", func() bool { return w.leader() == old })
	const more = 20
	for id := range uint64(more) {
		p.send(old, 1<<50+id, w.status(old).Term, kv.Command{Op: kv.Get, Key: "x"})
	}
	w.pass(time.Second)
	done := 0
	for _, a := range p.answers {
		if a.id >= 1<<50 && a.status == statusDone {
			done++
		}
	}
	if done != more {
		t.Errorf("%d of %d requests are done in the next leadership", done, more)
	}
}
