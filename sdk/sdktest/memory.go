package sdktest

import (
	"context"
	"net"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/serve"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// memory is a session with a plugin of this very process, over memory instead of a socket.
type memory struct {
	stream   wire.Plugin_SessionClient
	received chan struct{} // closed when Receive has returned an error
	end      func()
}

// serve serves the plugin to one session.
func v(p sdk.Plugin) (*memory, error) {
	service, err := serve.NewServer(p)
	if err != nil {
		return nil, err
	}
	listener := bufconn.Listen(1 << 16)
	server := grpc.NewServer(grpc.MaxRecvMsgSize(wire.MaxMessage))
	wire.RegisterPluginServer(server, service)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	stop := func() {
		server.Stop()
		<-served
	}
	conn, err := grpc.NewClient("passthrough:memory", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(wire.MaxMessage)),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	if err != nil {
		stop()
		return nil, err
	}
	m := &memory{received: make(chan struct{})}
	if m.stream, err = wire.NewPluginClient(conn).Session(context.Background()); err != nil {
		_ = conn.Close()
		stop()
		return nil, err
	}
	m.end = sync.OnceFunc(func() {
		_ = m.stream.CloseSend()
		<-m.received
		_ = conn.Close()
		stop()
	})
	return m, nil
}

// Send implements Session.
func (m *memory) Send(commands ...*wire.Command) error {
	return m.stream.Send(&wire.ToPlugin{Commands: commands})
}

// Receive implements Session.
func (m *memory) Receive() ([]*wire.Report, error) {
	message, err := m.stream.Recv()
	if err != nil {
		close(m.received)
	}
	return message.GetReports(), err
}

// Close implements Session. Worlds that are still open are ended before the stream is.
func (m *memory) Close() { m.end() }
