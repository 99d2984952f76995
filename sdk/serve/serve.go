package serve

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"sync"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"

	"github.com/netlab-dev/netlab/sdk/wire"
)

// Serving reports whether this process was started by a host, to serve.
func Serving() bool { return os.Getenv(wire.MagicCookieKey) == wire.MagicCookieValue }

// service is the server's half of what go-plugin calls a plugin.
type service struct {
	goplugin.NetRPCUnsupportedPlugin
	server *server
}

// GRPCServer implements goplugin.GRPCPlugin.
func (s service) GRPCServer(_ *goplugin.GRPCBroker, g *grpc.Server) error {
	wire.RegisterPluginServer(g, s.server)
	return nil
}

// GRPCClient implements goplugin.GRPCPlugin; a plugin calls no other.
func (s service) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("a plugin is not a host")
}

// serveConfig is how a plugin process is served through go-plugin.
func serveConfig(s *server) *goplugin.ServeConfig {
	const window = 1 << 20 // fixed windows also spare the connection its bandwidth probes
	plugins := goplugin.PluginSet{wire.PluginName: service{server: s}}
	return &goplugin.ServeConfig{
		HandshakeConfig: goplugin.HandshakeConfig{
			MagicCookieKey: wire.MagicCookieKey, MagicCookieValue: wire.MagicCookieValue,
		},
		VersionedPlugins: map[int]goplugin.PluginSet{wire.ProtocolVersion: plugins},
		Logger:           hclog.NewNullLogger(),
		GRPCServer: func(options []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(options,
				grpc.MaxRecvMsgSize(wire.MaxMessage), grpc.MaxSendMsgSize(wire.MaxMessage),
				grpc.InitialWindowSize(window), grpc.InitialConnWindowSize(4*window),
			)...)
		},
	}
}

// serve serves a host until it ends the session. It does not return.
func serve(s *served) {
	if fd, err := strconv.Atoi(os.Getenv(wire.LifelineVariable)); err == nil && fd > 2 {
		go holdLifeline(os.NewFile(uintptr(fd), "lifeline"))
	}
	out, trouble := os.Stdout, os.Stderr
	goplugin.Serve(serveConfig(&server{
		// go-plugin has led them into a stream of its own, where the last words of a process get lost.
		begins: sync.OnceFunc(func() { os.Stdout, os.Stderr = out, trouble }),
		served: s, ended: func() { os.Exit(0) }, simulates: sync.OnceFunc(collectLess),
	}))
	os.Exit(0)
}

// collectLess lets garbage grow larger before it is collected: the worlds of a sweep come and go, what they leave is
// nearly all garbage, and there is one such process, not one a node. But garbage must not come near the 2 GiB at which
// package star ends functions of scripts: a run would differ by what other runs have left.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(3 << 29)
	}
}

// holdLifeline ends the process when the host is gone.
func holdLifeline(lifeline *os.File) {
	_, _ = io.Copy(io.Discard, lifeline)
	os.Exit(0)
}
