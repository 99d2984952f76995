package sdktest

import (
	"errors"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// Session is the host's end of a session with a plugin: commands go in, reports come out. Here it leads to a plugin of
// the same process; `lab plugin test` brings one that leads to another process.
type Session interface {
	// Send sends commands, in order. One goroutine sends.
	Send(commands ...*wire.Command) error
	// Receive waits for the next reports. The error says why the session has ended; after it Receive is not called
	// again. One goroutine receives, until the end.
	Receive() ([]*wire.Report, error)
	// Close ends the session and returns when it is over. It may be called more than once.
	Close()
}

// patience is how long, in wall time, an answer may take. Nothing here takes more than milliseconds when all is well.
const patience = 20 * time.Second

// session waits for the reports that a test wants.
type session struct {
	t      T
	link   Session
	worlds uint64 // opened so far

	mu      sync.Mutex
	arrived chan struct{} // closed at the next report
	reports []*wire.Report
	err     error // why nothing more is expected
}

// open starts a session with a plugin of this process, and ends it with the test.
func open(t T, p sdk.Plugin) *session {
	t.Helper()
	link, err := v(p)
	if err != nil {
		t.Fatalf("plugin %s cannot be served:\n%v", p.Name, err)
	}
	return newSession(t, link)
}

// newSession takes over a session, and ends it with the test.
func newSession(t T, link Session) *session {
	s := &session{t: t, link: link, arrived: make(chan struct{})}
	received := make(chan struct{})
	go func() {
		s.receive()
		close(received)
	}()
	t.Cleanup(func() {
		s.end()
		<-received
	})
	return s
}

func (s *session) end() { s.link.Close() }

func (s *session) receive() {
	for {
		reports, err := s.link.Receive()
		s.mu.Lock()
		if err != nil {
			s.err = err
		}
		s.reports = append(s.reports, reports...)
		close(s.arrived)
		s.arrived = make(chan struct{})
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// newWorld returns a number that no other world of the session has.
func (s *session) newWorld() uint64 {
	s.worlds++
	return s.worlds
}

// giveUp keeps a test that has waited in vain from waiting once more for the same plugin when it tidies up.
func (s *session) giveUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = errSilent
}

var errSilent = errors.New("the plugin does not answer any more")

// over is why the session has ended, nil while it has not.
func (s *session) over() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

func (s *session) send(commands ...*wire.Command) {
	s.t.Helper()
	if err := s.link.Send(commands...); err != nil {
		s.t.Fatalf("the session has ended: %v", err)
	}
}

// await takes the first report of the world that is wanted. Others stay.
func (s *session) await(world uint64, what string, wanted func(*wire.Report) bool) *wire.Report {
	s.t.Helper()
	limit := time.NewTimer(patience)
	defer limit.Stop()
	for {
		s.mu.Lock()
		for i, r := range s.reports {
			if r.World == world && wanted(r) {
				s.reports = append(s.reports[:i], s.reports[i+1:]...)
				s.mu.Unlock()
				return r
			}
		}
		arrived, err := s.arrived, s.err
		s.mu.Unlock()
		if err != nil {
			s.t.Fatalf("waiting for %s: the session has ended: %v", what, err)
		}
		select {
		case <-arrived:
		case <-limit.C:
			s.giveUp()
			s.t.Fatalf("waiting for %s: nothing within %v", what, patience)
		}
	}
}

func (s *session) describe() *manifest.Manifest {
	s.t.Helper()
	s.send(&wire.Command{Of: &wire.Command_Describe{Describe: &wire.Describe{}}})
	r := s.await(0, "the manifest", func(r *wire.Report) bool { return r.GetManifest() != nil })
	m, err := wire.FromManifest(r.GetManifest())
	if err != nil {
		s.t.Fatalf("the manifest: %v", err)
	}
	return m
}

// close ends a world.
func (s *session) close(world uint64) *wire.Closed {
	s.t.Helper()
	s.send(&wire.Command{World: world, Of: &wire.Command_Close{Close: &wire.Close{}}})
	r := s.await(world, "the end of the world", func(r *wire.Report) bool { return r.GetClosed() != nil })
	return r.GetClosed()
}

// advance is one turn of a sim world.
func (s *session) advance(world uint64, a *wire.Advance) *wire.Progress {
	s.t.Helper()
	s.send(&wire.Command{World: world, Of: &wire.Command_Advance{Advance: a}})
	r := s.await(world, "the progress", func(r *wire.Report) bool { return r.GetProgress() != nil })
	return r.GetProgress()
}
