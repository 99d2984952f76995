package host_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"go.uber.org/goleak"
	"google.golang.org/grpc"

	"github.com/netlab-dev/netlab/sdk/wire"
)

// The test binary is also every plugin of these tests, well-behaved and not: it does what the name by which it was
// started says.
func TestMain(m *testing.M) {
	switch {
	case os.Getenv(wire.MagicCookieKey) == wire.MagicCookieValue:
		name := strings.TrimPrefix(filepath.Base(os.Args[0]), "lab-plugin-")
		if program, ok := programs[name]; ok {
			program()
		} else {
			serve(1)
		}
		os.Exit(0)
	case os.Getenv("TEST_DOOMED_HOST") != "":
		doomedHost()
	case os.Getenv("TEST_DOOMED_BUILD") != "":
		doomedBuild()
	default:
		os.Setenv("GORACE", "atexit_sleep_ms=0") // or plugins built with -race take a second to end
		var err error
		if shared, err = os.MkdirTemp("", "lab-host-test"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
			_ = os.RemoveAll(shared)
			os.Exit(code)
		}))
	}
}

// shared is a folder for what several tests use.
var shared string

// programs are the plugins that go wrong before they serve; every other name is a plugin that serves.
var programs = map[string]func(){
	"prints": func() { fmt.Println("hello from main"); serve(1) },
	"chatty": func() { fmt.Print(strings.Repeat("x", 100_000)); serve(1) },
	"floods": func() {
		for i := range 1000 {
			fmt.Fprintln(os.Stderr, i+1)
		}
		fmt.Println("first")
	},
	"exits": func() {
		fmt.Fprintln(os.Stderr, "no licence found")
		os.Exit(3)
	},
	"panics":          func() { panic("no configuration") },
	"hangs":           func() { fmt.Fprintln(os.Stderr, "waiting for the moon"); select {} },
	"closes":          func() { os.Stdout.Close(); select {} },
	"newer":           func() { serve(2) },
	"older":           func() { serve(0) },
	"deaf":            func() { fmt.Println("1|1|unix|/nonexistent/socket|grpc|"); select {} },
	"netrpc":          func() { fmt.Println("1|1|unix|/nonexistent/socket|netrpc|"); select {} },
	"empty":           func() { serveSession(1, emptyManifest{}) },
	"killed":          func() { end(syscall.SIGKILL) },
	"aborts":          func() { end(syscall.SIGTERM) },
	"midline":         func() { fmt.Print("1|1|un"); end(syscall.SIGKILL) },
	"beyond":          func() { fmt.Println("1|1|unix|/nonexistent/socket|grpc|"); end(syscall.SIGKILL) },
	"prints and dies": func() { fmt.Println("hello"); end(syscall.SIGKILL) },
	"shell":           func() { os.Exit(128 + 9) },
}

// end has the process end by a signal of its own, as it would by somebody else's.
func end(sig syscall.Signal) {
	syscall.Kill(os.Getpid(), sig)
	select {}
}

// serve is an honest plugin's main, with a Session that does what it is told, good or bad.
func serve(version int) { serveSession(version, &session{}) }

func serveSession(version int, server wire.PluginServer) {
	if fd, err := strconv.Atoi(os.Getenv(wire.LifelineVariable)); err == nil {
		go func() {
			io.Copy(io.Discard, os.NewFile(uintptr(fd), "lifeline"))
			os.Exit(0)
		}()
	}
	goplugin.Serve(serveConfig(version, server))
}

func serveConfig(version int, server wire.PluginServer) *goplugin.ServeConfig {
	return &goplugin.ServeConfig{
		HandshakeConfig: goplugin.HandshakeConfig{
			MagicCookieKey: wire.MagicCookieKey, MagicCookieValue: wire.MagicCookieValue,
		},
		VersionedPlugins: map[int]goplugin.PluginSet{version: {wire.PluginName: service{server: server}}},
		GRPCServer: func(o []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(o, grpc.MaxRecvMsgSize(wire.MaxMessage), grpc.MaxSendMsgSize(2*wire.MaxMessage))...)
		},
		Logger: hclog.NewNullLogger(),
	}
}

type service struct {
	goplugin.NetRPCUnsupportedPlugin
	server wire.PluginServer
}

func (s service) GRPCServer(_ *goplugin.GRPCBroker, g *grpc.Server) error {
	wire.RegisterPluginServer(g, s.server)
	return nil
}

func (service) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("not a client")
}

type stream = grpc.BidiStreamingServer[wire.ToPlugin, wire.FromPlugin]

// emptyManifest serves no kind.
type emptyManifest struct{ wire.UnimplementedPluginServer }

func (emptyManifest) Session(s stream) error {
	if _, err := s.Recv(); err != nil {
		return err
	}
	s.Send(report(0, &wire.Report{Of: &wire.Report_Manifest{Manifest: &wire.Manifest{Name: "empty"}}}))
	<-s.Context().Done()
	return nil
}

func report(world uint64, r *wire.Report) *wire.FromPlugin {
	r.World = world
	return &wire.FromPlugin{Reports: []*wire.Report{r}}
}

// session answers barriers, and does what calls say.
type session struct {
	wire.UnimplementedPluginServer
	mu       sync.Mutex
	messages int64
}

func (p *session) Session(s stream) error {
	for {
		message, err := s.Recv()
		if err != nil {
			os.Exit(0) // the host has closed the session
		}
		p.mu.Lock()
		p.messages++
		p.mu.Unlock()
		for _, c := range message.Commands {
			switch of := c.Of.(type) {
			case *wire.Command_Describe:
				name := strings.TrimPrefix(filepath.Base(os.Args[0]), "lab-plugin-")
				manifest := &wire.Manifest{Name: name, Kinds: []*wire.Kind{{Name: name + "-kind"}, {Name: "tcp-echo"}}}
				err = s.Send(report(0, &wire.Report{Of: &wire.Report_Manifest{Manifest: manifest}}))
			case *wire.Command_Barrier:
				err = s.Send(report(c.World, &wire.Report{Of: &wire.Report_Barrier{Barrier: of.Barrier}}))
			case *wire.Command_Call:
				err = p.call(s, c.World, of.Call)
			}
			switch {
			case errors.Is(err, errQuit):
				return nil
			case err != nil:
				return err
			}
		}
	}
}

// errQuit ends a session and leaves the process.
var errQuit = errors.New("quit")

// call does harm, or tells about the process.
func (p *session) call(s stream, world uint64, call *wire.Call) error {
	answer := ""
	switch call.Method {
	case "panic":
		go panic("index out of luck")
		select {}
	case "exit":
		fmt.Fprintln(os.Stderr, "giving up") // go-plugin has made this the synced stream: it may get lost
		os.Exit(3)
	case "error":
		return errors.New("world is not flat")
	case "hang":
		select {} // whatever the host says from now on is not heard, the end of the session included
	case "quit":
		return errQuit
	case "garbage":
		raw := os.NewFile(2, "stderr")
		fmt.Fprintln(raw, `{"@message":1,"@level":"info"}`)
		fmt.Fprintln(raw, `{"@message":"x","@timestamp":[]}`)
		raw.Write([]byte{0xff, 0xfe, 0, '\n'})
		fmt.Fprintln(os.NewFile(1, "stdout"), "1|1|unix|again|grpc|")
		fmt.Fprintln(raw, "end of garbage")
	case "flood":
		line := strings.Repeat("y", 199_999) + "\n"
		for range 10 {
			io.WriteString(os.NewFile(1, "stdout"), line)
			io.WriteString(os.NewFile(2, "stderr"), line)
		}
	case "print":
		fmt.Println("printed to stdout")
		fmt.Fprintln(os.Stderr, "printed to stderr")
	case "end": // without the end of its line
		io.WriteString(os.NewFile(2, "stderr"), "end of flood")
	case "big":
		answer = strings.Repeat("z", wire.MaxMessage+1)
	case "parts": // nothing in many pieces: reports without content
		many := &wire.FromPlugin{}
		many.ProtoReflect().SetUnknown(bytes.Repeat([]byte{1<<3 | 2, 0}, 3<<20))
		return s.Send(many)
	case "messages":
		p.mu.Lock()
		answer = fmt.Sprint(p.messages)
		p.mu.Unlock()
	case "environment":
		answer = strings.Join(os.Environ(), "\n")
	case "stdin":
		answer, _ = os.Readlink("/proc/self/fd/0")
	case "daemon", "daemon without environment": // one in a session of its own whose parents have ended
		cmd := exec.Command("sh", "-c", "setsid sleep 1000 >/dev/null 2>&1 & echo $!")
		if call.Method != "daemon" {
			cmd.Env = []string{"PATH=" + os.Getenv("PATH")}
		}
		out, err := cmd.Output()
		if err != nil {
			return err
		}
		answer = strings.TrimSpace(string(out))
	case "descendant": // a process of the plugin's own, holding its output open
		cmd := exec.Command("sleep", "1000")
		cmd.Stdout, cmd.Stderr = os.NewFile(1, "stdout"), os.NewFile(2, "stderr")
		if err := cmd.Start(); err != nil {
			return err
		}
		answer = fmt.Sprint(cmd.Process.Pid)
	}
	value := wire.EncodeValue(answer)
	return s.Send(report(world, &wire.Report{Of: &wire.Report_Reply{Reply: &wire.Reply{Call: call.Id, Value: value}}}))
}

// program makes the test binary available under a name that says what to do.
func program(t testing.TB, name string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "lab-plugin-"+name)
	if err := os.Symlink(self, path); err != nil {
		t.Fatal(err)
	}
	return path
}

const patience = 20 * time.Second
