package sdktest

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// patience is how long, in wall time, an answer may take. Nothing here takes more than milliseconds when all is well.
const patience = 20 * time.Second

// session is the host's end of a plugin's session, over memory instead of a socket.
type session struct {
	t      testing.TB
	stream wire.Plugin_SessionClient
	end    func()

	mu      sync.Mutex
	arrived chan struct{} // closed at the next report
	reports []*wire.Report
	err     error // of the stream
}

func open(t testing.TB, p sdk.Plugin) *session {
	t.Helper()
	service, err := sdk.NewServer(p)
	if err != nil {
		t.Fatalf("plugin %s cannot be served:\n%v", p.Name, err)
	}
	listener := bufconn.Listen(1 << 16)
	server := grpc.NewServer(grpc.MaxRecvMsgSize(wire.MaxMessage))
	wire.RegisterPluginServer(server, service)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	conn, err := grpc.NewClient("passthrough:memory", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(wire.MaxMessage)),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		t.Fatal(err)
	}
	s := &session{t: t, arrived: make(chan struct{})}
	if s.stream, err = wire.NewPluginClient(conn).Session(context.Background()); err != nil {
		t.Fatal(err)
	}
	received := make(chan struct{})
	go func() {
		s.receive()
		close(received)
	}()
	var once sync.Once
	s.end = func() {
		once.Do(func() {
			_ = s.stream.CloseSend()
			<-received
			_ = conn.Close()
			server.Stop()
			<-served
		})
	}
	t.Cleanup(s.end)
	return s
}

func (s *session) receive() {
	for {
		message, err := s.stream.Recv()
		s.mu.Lock()
		s.err = err
		s.reports = append(s.reports, message.GetReports()...)
		close(s.arrived)
		s.arrived = make(chan struct{})
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *session) send(commands ...*wire.Command) {
	s.t.Helper()
	if err := s.stream.Send(&wire.ToPlugin{Commands: commands}); err != nil {
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
			s.t.Fatalf("waiting for %s: nothing within %v", what, patience)
		}
	}
}

func (s *session) describe() *wire.Manifest {
	s.t.Helper()
	s.send(&wire.Command{Of: &wire.Command_Describe{Describe: &wire.Describe{}}})
	r := s.await(0, "the manifest", func(r *wire.Report) bool { return r.GetManifest() != nil })
	return r.GetManifest()
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
