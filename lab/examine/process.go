package examine

import (
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/sdk/sdktest"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// examination is the checks of one plugin.
type examination struct {
	host   *host.Host
	plugin *host.Plugin
	stray  stray
}

// ofProcess are the checks of the plugin as a process.
func (e *examination) ofProcess() []sdktest.Check {
	all := []sdktest.Check{
		{Name: "tells its version to a lab of another one", Run: func(t sdktest.T) {
			if err := e.host.TellsVersion(e.plugin); err != nil {
				t.Errorf("%s", withHint(err))
			}
		}},
		{Name: "ends with its host", Run: func(t sdktest.T) {
			if err := e.host.EndsWithHost(e.plugin); err != nil {
				t.Errorf("%s", withHint(err))
			}
		}},
	}
	if !e.plugin.Builtin { // this very program, whose verbs are others
		all = append(all, sdktest.Check{Name: "describe says what it serves", Run: e.describes})
	}
	return all
}

func (e *examination) startsAndStops(t sdktest.T) {
	if s, err := e.open(t); err != nil {
		t.Errorf("%s", withHint(err))
	} else {
		s.Close()
	}
}

// describes compares what the program says by hand with what it serves.
func (e *examination) describes(t sdktest.T) {
	text, err := e.host.ByHand(e.plugin, "describe")
	if err != nil {
		t.Fatalf("%s", withHint(err))
	}
	var plain wire.Manifest
	if err := protojson.Unmarshal(text, &plain); err != nil {
		t.Fatalf("%s describe prints no manifest as JSON: %v", e.plugin.Path, err)
	}
	said, err := wire.FromManifest(&plain)
	if err != nil {
		t.Fatalf("%s describe: %v", e.plugin.Path, err)
	}
	if diff := cmp.Diff(said, e.plugin.Manifest); diff != "" {
		t.Errorf("(-described +served):\n%s", diff)
	}
}

// open starts a process for one check. What it prints is remembered.
func (e *examination) open(t sdktest.T) (sdktest.Session, error) {
	s := &processSession{t: t, all: &e.stray, arrived: make(chan struct{}, 1)}
	process, err := e.host.Start(e.plugin, host.StartOptions{Name: "test", Log: &s.printed})
	if err != nil {
		return nil, err
	}
	s.process = process
	process.Attach(0, s.take)
	return s, nil
}

// processSession is the session of a plugin process. It implements sdktest.Session.
type processSession struct {
	t       sdktest.T
	process *host.Process
	printed stray
	all     *stray        // of all processes
	arrived chan struct{} // holds one when there may be reports

	mu      sync.Mutex
	reports []*wire.Report
	once    sync.Once // for Close
}

// take gets a report; the host does not wait.
func (s *processSession) take(r *wire.Report) {
	s.mu.Lock()
	s.reports = append(s.reports, r)
	s.mu.Unlock()
	select {
	case s.arrived <- struct{}{}:
	default:
	}
}

// Send implements sdktest.Session.
func (s *processSession) Send(commands ...*wire.Command) error {
	for _, c := range commands {
		if c.GetOpen() != nil {
			s.process.Attach(c.GetWorld(), s.take)
		}
		if err := s.process.Send(c); err != nil {
			return err
		}
	}
	return nil
}

// Receive implements sdktest.Session.
func (s *processSession) Receive() ([]*wire.Report, error) {
	for {
		over := s.process.Err() // asked first: after it nothing arrives
		s.mu.Lock()
		reports := s.reports
		s.reports = nil
		s.mu.Unlock()
		switch {
		case len(reports) > 0:
			return reports, nil
		case over != nil:
			return nil, ended(over)
		}
		select {
		case <-s.arrived:
		case <-s.process.Done():
		}
	}
}

// ended is how a process has ended, with its panic: the text, and the goroutine that it was on.
func ended(err error) error {
	var exit *host.Exit
	if !errors.As(err, &exit) || exit.Panic == "" {
		return err
	}
	paragraphs := strings.SplitN(exit.Panic, "\n\n", 3)
	return fmt.Errorf("%w\n%s", err, strings.Join(paragraphs[:min(len(paragraphs), 2)], "\n"))
}

// Close implements sdktest.Session. A process that must be killed has failed the check.
func (s *processSession) Close() { s.once.Do(s.close) }

func (s *processSession) close() {
	s.process.Stop()
	<-s.process.Done()
	var exit *host.Exit
	if !errors.As(s.process.Err(), &exit) || exit.Panic != "" {
		return // the panic has been told of
	}
	if exit.Signal != nil {
		s.t.Errorf("process %d did not end by itself when its session was over, and was ended: %v; one built with -race "+
			"may only be slow: GORACE=atexit_sleep_ms=0", exit.Pid, exit.Signal)
	}
	s.all.add(&s.printed)
}

// stray is what processes have printed. The zero stray is ready; safe for concurrent use.
type stray struct {
	mu    sync.Mutex
	count int
	first []string
}

// strayLines and strayWidth bound what is shown of it.
const strayLines, strayWidth = 5, 200

// Write takes one line.
func (s *stray) Write(line []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count++
	if len(s.first) < strayLines {
		s.first = append(s.first, strings.TrimRight(strings.ToValidUTF8(string(line[:min(len(line), strayWidth)]), ""), "\n"))
	}
	return len(line), nil
}

// add adds what another has, which nobody writes to any more.
func (s *stray) add(other *stray) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count += other.count
	s.first = append(s.first, other.first...)
	s.first = s.first[:min(len(s.first), strayLines)]
}

// check fails when there is anything.
func (s *stray) check(t sdktest.T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.count > 0 {
		t.Errorf("its processes have printed %d lines, the first being\n%s\nlog by env.Log(), which tells node and time",
			s.count, strings.Join(s.first, "\n"))
	}
}
