package engine_test

import (
	"context"
	"errors"
	"math"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	"google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/trouble"
	clock "github.com/netlab-dev/netlab/sdk/live"
	"github.com/netlab-dev/netlab/sdk/manifest"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// villain is the name of a program that speaks the protocol by hand: it is honest until a method is called, and then
// does the misdeed of that name.
const villain = "lab-plugin-villain"

func init() {
	beSomebodyElse = func() {
		if filepath.Base(os.Args[0]) == villain {
			serveVillain()
		}
	}
}

// serveVillain does not return.
func serveVillain() {
	v := &villainy{}
	goplugin.Serve(&goplugin.ServeConfig{
		HandshakeConfig: goplugin.HandshakeConfig{
			MagicCookieKey: wire.MagicCookieKey, MagicCookieValue: wire.MagicCookieValue,
		},
		VersionedPlugins: map[int]goplugin.PluginSet{wire.ProtocolVersion: {wire.PluginName: villainPlugin{villainy: v}}},
		Logger:           hclog.NewNullLogger(),
		GRPCServer: func(o []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(o, grpc.MaxSendMsgSize(math.MaxInt32), grpc.Creds(&wiretap{insecure.NewCredentials(), v}),
				grpc.ForceServerCodecV2(rawCodec{encoding.GetCodecV2(proto.Name)}))...)
		},
	})
	os.Exit(0)
}

type villainPlugin struct {
	goplugin.NetRPCUnsupportedPlugin
	villainy *villainy
}

func (p villainPlugin) GRPCServer(_ *goplugin.GRPCBroker, g *grpc.Server) error {
	wire.RegisterPluginServer(g, p.villainy)
	return nil
}

func (villainPlugin) GRPCClient(context.Context, *goplugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, errors.New("not a client")
}

// wiretap keeps the connection below gRPC.
type wiretap struct {
	credentials.TransportCredentials
	villainy *villainy
}

func (w *wiretap) ServerHandshake(c net.Conn) (net.Conn, credentials.AuthInfo, error) {
	w.villainy.mu.Lock()
	w.villainy.conn = c
	w.villainy.mu.Unlock()
	return w.TransportCredentials.ServerHandshake(c)
}

func (w *wiretap) Clone() credentials.TransportCredentials { return w }

// rawCodec sends texts as they are.
type rawCodec struct{ encoding.CodecV2 }

func (c rawCodec) Marshal(v any) (mem.BufferSlice, error) {
	if text, ok := v.(string); ok {
		return mem.BufferSlice{mem.SliceBuffer(text)}, nil
	}
	return c.CodecV2.Marshal(v)
}

type villainy struct {
	wire.UnimplementedPluginServer
	mu   sync.Mutex
	conn net.Conn
}

// Session is honest until a call comes.
func (v *villainy) Session(s wire.Plugin_SessionServer) error {
	for {
		message, err := s.Recv()
		if err != nil {
			os.Exit(0)
		}
		for _, c := range message.Commands {
			var answer *wire.Report
			switch of := c.Of.(type) {
			case *wire.Command_Roster:
				answer = &wire.Report{Of: &wire.Report_RosterOk{RosterOk: &wire.RosterOk{}}}
			case *wire.Command_Start:
				answer = &wire.Report{Of: &wire.Report_Ready{Ready: &wire.Ready{}}}
			case *wire.Command_Close:
				answer = &wire.Report{Of: &wire.Report_Closed{Closed: &wire.Closed{}}}
			case *wire.Command_Call:
				err = v.misdeed(s, &turn{world: c.World, call: of.Call})
			case *wire.Command_Advance:
				if t := (&turn{world: c.World, sim: of.Advance}); len(of.Advance.Calls) > 0 {
					t.call = of.Advance.Calls[0]
					err = v.misdeed(s, t)
				} else {
					answer = t.report()
				}
			}
			if answer != nil {
				answer.World = c.World
				err = s.Send(&wire.FromPlugin{Reports: []*wire.Report{answer}})
			}
			if errors.Is(err, errEnough) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	}
}

var errEnough = errors.New("enough")

// turn is a call in either engine, and how its answer travels.
type turn struct {
	world uint64
	sim   *wire.Advance
	call  *wire.Call
}

// report is a message with replies in the form of the engine: in sim they are part of the progress.
func (t *turn) report(replies ...*wire.Reply) *wire.Report {
	if t.sim != nil {
		return &wire.Report{World: t.world, Of: &wire.Report_Progress{Progress: &wire.Progress{Now: t.sim.Until, Replies: replies}}}
	}
	return &wire.Report{World: t.world, Of: &wire.Report_Reply{Reply: replies[0]}}
}

func (t *turn) send(s wire.Plugin_SessionServer, replies ...*wire.Reply) error {
	message := &wire.FromPlugin{}
	if t.sim != nil {
		message.Reports = append(message.Reports, t.report(replies...))
	} else {
		for _, r := range replies {
			message.Reports = append(message.Reports, t.report(r))
		}
	}
	return s.Send(message)
}

// now is an instant that is honest.
func (t *turn) now() int64 {
	if t.sim != nil {
		return t.sim.Until
	}
	return monotonic()
}

func (v *villainy) misdeed(s wire.Plugin_SessionServer, t *turn) error {
	reply := func(id int64) *wire.Reply { return &wire.Reply{Call: id, At: t.now()} }
	switch t.call.Method {
	case "large":
		return t.send(s, &wire.Reply{Call: t.call.Id, At: t.now(), Value: make([]byte, wire.MaxMessage+1)})
	case "garbage":
		v.mu.Lock()
		defer v.mu.Unlock()
		_, _ = v.conn.Write([]byte(strings.Repeat("\x00\xff\xff\xff garbage", 1000)))
	case "garbled":
		return s.SendMsg("\xff\xff\xff")
	case "exit":
		os.Exit(3)
	case "panic":
		panic("index out of luck")
	case "kill":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "terminate":
		_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
	case "stop":
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	case "spin":
		for {
		}
	case "end":
		return errEnough
	case "fail":
		return errors.New("the world is not flat")
	case "close":
		return s.Send(&wire.FromPlugin{Reports: []*wire.Report{
			{World: t.world, Of: &wire.Report_Closed{Closed: &wire.Closed{}}},
		}})
	case "stray":
		return t.send(s, reply(99))
	case "negative":
		return t.send(s, reply(math.MinInt64))
	case "twice":
		return t.send(s, reply(t.call.Id), reply(t.call.Id))
	case "no value":
		return t.send(s, &wire.Reply{Call: t.call.Id, At: t.now(), Value: []byte("\xff\xff")})
	case "past":
		return t.send(s, &wire.Reply{Call: t.call.Id, At: -1})
	case "future":
		return t.send(s, &wire.Reply{Call: t.call.Id, At: math.MaxInt64})
	case "other world":
		elsewhere := *t
		elsewhere.world += 1000
		return errors.Join(elsewhere.send(s, reply(99)), t.send(s, reply(t.call.Id)))
	case "nothing":
		return s.Send(&wire.FromPlugin{Reports: []*wire.Report{{}, {World: t.world}, t.report(reply(t.call.Id))}})
	}
	select {} // the signal comes
}

// villainProgram is this test program under the name that makes it a villain.
func villainProgram(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(t.TempDir(), villain)
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	return program
}

func TestAMisdeedOfAPluginHasTheSameReasonInBothEngines(t *testing.T) {
	program := villainProgram(t)
	h := newHost(t)
	for _, c := range []struct{ misdeed, reason string }{
		{"large", "a message of more than 64 MiB"},
		{"garbage", "it has broken off its connection"},
		{"garbled", "a message of 3 bytes that is not a FromPlugin"},
		{"exit", "the process exited with code 3"},
		{"panic", "panic: index out of luck"},
		{"kill", "the process was ended by a signal: killed"},
		{"terminate", "the process was ended by a signal: terminated"},
		{"end", "it has ended its session"},
		{"fail", "session: the world is not flat"},
		{"close", "it closed the world unasked"},
		{"stray", "a reply to call 99, which was not made"},
		{"negative", "a reply to call -9223372036854775808, which was not made"},
		{"twice", "a second reply to call 1"},
		{"no value", "the reply to call 1: *"},
		{"past", "a reply at an impossible time: -1ns *"},
		{"future", "a reply at an impossible time: 2562047h47m16.854775807s *"},
		{"other world", ""},
		{"nothing", ""},
	} {
		for _, live := range []bool{false, true} {
			t.Run(c.misdeed+" "+engineName(live), func(t *testing.T) {
				t.Parallel()
				plugin := &host.Plugin{
					Name: "villain", Path: program, Manifest: &manifest.Manifest{Kinds: []*manifest.Kind{{Name: "villain"}}},
				}
				got := commit(t, h, plugin, live, c.misdeed)
				if want, prefix := strings.CutSuffix(c.reason, "*"); got != want && !(prefix && strings.HasPrefix(got, want)) {
					t.Errorf("got %q, want %q", got, c.reason)
				}
			})
		}
	}
}

// commit has the plugin do the misdeed and returns the reason that is told, without whose it is, "" for none.
func commit(t *testing.T, h *host.Host, plugin *host.Plugin, live bool, misdeed string) string {
	t.Helper()
	var e engine.Engine
	var err error
	if live {
		e, err = engine.NewLive(h, func(string) *host.Plugin { return plugin }, engine.Options{Seed: seed})
	} else {
		e, err = engine.NewSim(h, plugin, engine.Options{Seed: seed})
	}
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if _, err := e.Close(); err != nil && misdeed == "nothing" {
			t.Errorf("close: %v", err)
		}
	}()
	if err := e.Apply(engine.AddNode{Name: "n1", Kind: "villain"}); err != nil {
		t.Fatal(err)
	}
	id := e.Call(engine.Call{Node: "n1", Method: misdeed})
	for answered := false; ; {
		until := e.Now() + patience
		if answered { // what is wrong beside the answer comes with it, or soon
			until = e.Now() + 50*time.Millisecond
		}
		p, err := e.Run(until, engine.Wake{Calls: []engine.ID{id}})
		if err != nil {
			var wrong *trouble.Error
			var exit *host.Exit
			if !errors.As(err, &wrong) && !errors.As(err, &exit) {
				t.Errorf("the error is a %T, want a plugin's", err)
			}
			whose := regexp.MustCompile(`^(plugin villain( \(shared, pid \d+\))?|node n1): `)
			if !whose.MatchString(err.Error()) {
				t.Errorf("got %q, want it to begin with whose fault it is", err)
			}
			return whose.ReplaceAllString(err.Error(), "")
		}
		if len(p.Failures) > 0 {
			return p.Failures[0].Error
		}
		if answered {
			return ""
		}
		for _, r := range p.Replies {
			answered = answered || r.Call == id && r.Status == engine.OK
		}
	}
}

// monotonic is the machine's CLOCK_MONOTONIC.
func monotonic() int64 { return int64(clock.Monotonic()) }
