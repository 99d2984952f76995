package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"
	"google.golang.org/grpc/status"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// errSlowStart ends a start that takes too long.
var errSlowStart = errors.New("no handshake in time")

// service is the client's half of what go-plugin calls a plugin.
type service struct {
	goplugin.NetRPCUnsupportedPlugin
}

// GRPCServer implements goplugin.GRPCPlugin; a host serves nothing.
func (service) GRPCServer(*goplugin.GRPCBroker, *grpc.Server) error {
	return errors.New("a host serves no plugin")
}

// GRPCClient implements goplugin.GRPCPlugin.
func (service) GRPCClient(_ context.Context, _ *goplugin.GRPCBroker, conn *grpc.ClientConn) (any, error) {
	return wire.NewPluginClient(conn), nil
}

// connection is a plugin process with which the handshake has been done, and its session.
type connection struct {
	child  *child // nil when the process is somebody else's
	pid    int
	stream wire.Plugin_SessionClient
	cancel context.CancelFunc // ends the session
	close  func()             // gives up what go-plugin holds; the process must be gone, or somebody else's
}

// config is what all processes of this host are started or reattached with.
func (h *Host) config(out *output) *goplugin.ClientConfig {
	const window = 1 << 20 // fixed windows also spare the connection its bandwidth probes
	plugins := goplugin.PluginSet{wire.PluginName: service{}}
	return &goplugin.ClientConfig{
		HandshakeConfig: goplugin.HandshakeConfig{
			MagicCookieKey: wire.MagicCookieKey, MagicCookieValue: wire.MagicCookieValue,
		},
		VersionedPlugins: map[int]goplugin.PluginSet{wire.ProtocolVersion: plugins},
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		Logger:           hclog.NewNullLogger(),
		SyncStdout:       &source{out: out},
		SyncStderr:       &source{out: out},
		StartTimeout:     2 * h.options.StartTimeout, // ours comes first
		SkipHostEnv:      true,
		UnixSocketConfig: &goplugin.UnixSocketConfig{TempDir: h.dir},
		GRPCDialOptions: []grpc.DialOption{
			grpc.WithDefaultCallOptions(
				grpc.MaxCallRecvMsgSize(wire.MaxMessage), grpc.MaxCallSendMsgSize(wire.MaxMessage),
				grpc.ForceCodecV2(newCodec())),
			grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(4 * window),
		},
	}
}

// connect starts a process and does the handshake.
func (h *Host) connect(p *Plugin, out *output) (*connection, error) {
	if r, ok := h.reattach[p.Name]; ok {
		return h.reconnect(p, r, out)
	}
	c := newChild(h, p.Path, out)
	config := h.config(out)
	config.RunnerFunc = func(_ hclog.Logger, cmd *exec.Cmd, _ string) (runner.Runner, error) {
		c.env = append(h.pluginEnvironment(), cmd.Env...)
		return c, nil
	}
	client := goplugin.NewClient(config)
	ctx, cancel := context.WithTimeoutCause(h.ctx, h.options.StartTimeout, errSlowStart)
	defer cancel()
	stop := context.AfterFunc(ctx, bug.Guarded(c.kill))
	defer stop()
	connection, _, err := open(client)
	if err == nil {
		if stop() { // from here on it is the process's own
			connection.child, connection.pid, connection.close = c, c.pid(), client.Kill
			return connection, nil
		}
		connection.cancel()
	}
	c.endAfterFailure(ctx)
	client.Kill()
	return nil, h.diagnose(p, c, err, context.Cause(ctx))
}

// open connects a go-plugin client and opens a session.
func open(client *goplugin.Client) (*connection, *goplugin.GRPCClient, error) {
	protocol, err := client.Client()
	if err != nil {
		return nil, nil, err
	}
	raw, err := protocol.Dispense(wire.PluginName)
	if err != nil {
		return nil, nil, err
	}
	session, isSession := raw.(wire.PluginClient)
	grpcClient, isGRPC := protocol.(*goplugin.GRPCClient)
	if !isSession || !isGRPC {
		return nil, nil, fmt.Errorf("unexpected client %T over %T", raw, protocol)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stream, err := session.Session(ctx)
	if err != nil {
		cancel()
		return nil, grpcClient, err
	}
	return &connection{stream: stream, cancel: cancel}, grpcClient, nil
}

// endAfterFailure ends a process whose start has failed, unless it is ending by itself: its standard output closes, or
// its socket, a moment before the kernel tells how it has ended. One that has said something wrong has failed by that,
// however it ends.
func (c *child) endAfterFailure(ctx context.Context) {
	if !c.isStarted() {
		c.kill()
		return
	}
	if !c.misspoke() {
		timer := time.NewTimer(stopGrace)
		defer timer.Stop()
		select {
		case <-c.gone:
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	c.kill()
	<-c.finished
}

// misspoke tells whether the process has said a whole line that is no handshake we can go on from.
func (c *child) misspoke() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	fields := strings.Split(c.first, "|")
	return c.whole && (!isHandshake(fields) || fields[1] != fmt.Sprint(wire.ProtocolVersion) || !speaksGRPC(fields))
}

func speaksGRPC(fields []string) bool {
	return len(fields) > 4 && fields[4] == string(goplugin.ProtocolGRPC)
}

// diagnose says why a start failed, once the process has ended. err is what go-plugin says, which knows less than we do.
func (h *Host) diagnose(p *Plugin, c *child, err, cause error) error {
	if errors.Is(cause, ErrClosed) {
		return ErrClosed
	}
	fail := func(hint, format string, args ...any) error {
		return &trouble.Error{Class: trouble.Plugin, Plugin: p.Name, Text: fmt.Sprintf(format, args...), Hint: hint, Err: err}
	}
	if !c.isStarted() {
		return fail(startHint(err, p.Path), "cannot start %s: %v", p.Path, err)
	}
	said := "no other output"
	if tail := c.out.lastLines(); tail != "" {
		said = "other output:\n" + tail
	}
	fields := strings.Split(c.first, "|")
	garbage := c.first != "" && !isHandshake(fields)
	switch {
	case garbage && (c.whole || c.killed):
		return fail("a plugin's standard output belongs to the handshake until the host has connected: print to standard "+
			"error instead; or this program is not a plugin: see lab plugin new",
			"%s printed %q to standard output before the handshake; %s", p.Path, trouble.Shorten(c.first, shownLine), said)
	case c.first != "" && !garbage && fields[1] != fmt.Sprint(wire.ProtocolVersion):
		return versionSkew(p.Name, fields[1])
	case c.first != "" && !garbage && !speaksGRPC(fields):
		return fail("serve it with serve.Main", "%s does not speak gRPC", p.Path)
	case !c.killed:
		return fail(endHint(c.state), "%s ended in the handshake: %s; %s", p.Path, howEnded(c.state), said)
	case errors.Is(cause, errSlowStart):
		return fail("does it call serve.Main first thing in main?",
			"%s did not answer within %v of its start; %s", p.Path, h.options.StartTimeout, said)
	case c.first != "":
		return fail("does it call serve.Main first thing in main?", "cannot connect to %s: %s; %s", p.Path, dialError(err), said)
	}
	return fail("does it call serve.Main first thing in main?",
		"%s closed its standard output without a handshake; %s", p.Path, said)
}

// dialError is why a connection has failed, without the words that gRPC puts around it.
func dialError(err error) string {
	text := status.Convert(err).Message()
	for _, around := range []string{"desc = ", "dialing: "} {
		if _, inner, ok := strings.Cut(text, around); ok {
			text = strings.Trim(inner, `"`)
		}
	}
	return text
}

// howEnded is how a process has ended, as the system says it. A shell that has run the plugin, or a container, tells the
// signal that ended it as 128 and its number.
func howEnded(state *os.ProcessState) string {
	if sig := signalOf(state); sig != nil && endedBy(state) == nil {
		return fmt.Sprintf("%v (128+%d, signal: %v)", state, sig, sig)
	}
	return state.String()
}

// signalOf is the signal that has ended a process, or what ran in its place under a shell; nil when none has.
func signalOf(state *os.ProcessState) os.Signal {
	const byShell = 128
	if sig := endedBy(state); sig != nil {
		return sig
	}
	if code := state.ExitCode(); code > byShell && code <= byShell+int(lastSignal) {
		return syscall.Signal(code - byShell)
	}
	return nil
}

// lastSignal is the highest of the signals that have names everywhere.
const lastSignal = syscall.Signal(31)

// endHint says what to do about a process that has ended in its handshake.
func endHint(state *os.ProcessState) string {
	if signalOf(state) == syscall.SIGKILL {
		return "somebody has killed it: a person, a limit, or the kernel, when memory is short (its log, dmesg, tells)"
	}
	return "run it by hand to see what it says; a plugin's main is serve.Main(plugin)"
}

// isHandshake tells whether a line has the form "1|VERSION|NETWORK|ADDRESS|PROTOCOL...".
func isHandshake(fields []string) bool {
	return len(fields) >= 4 && fields[0] == fmt.Sprint(goplugin.CoreProtocolVersion) && isNumber(fields[1])
}

func isNumber(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// versionSkew says that a plugin speaks another major version of the protocol.
func versionSkew(name, version string) error {
	err := &trouble.Error{Class: trouble.Plugin, Text: fmt.Sprintf("plugin %s speaks labplugin %s, this lab speaks labplugin %d",
		name, version, wire.ProtocolVersion)}
	err.Hint = "it was built for a newer lab: install that lab, or build the plugin with the sdk of this one"
	if version == "0" {
		err.Hint = "it was built for an older lab: build it again with the sdk of this one"
	}
	return err
}

// startHint says what to do when the system does not start a program.
func startHint(err error, path string) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "is the path right, and are the libraries it needs installed?"
	case errors.Is(err, fs.ErrPermission):
		return "make it executable: chmod +x " + path
	case errors.Is(err, syscall.ENOEXEC):
		return "it is not a program for this system: build it for this operating system and processor"
	case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		return "a limit is reached: raise ulimit -u (processes) or ulimit -n (open files)"
	}
	return ""
}
