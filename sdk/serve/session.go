package serve

import (
	"errors"
	"io"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// NewServer returns the gRPC service of a plugin, for callers that do not use Main. Package sdktest serves it in memory.
func NewServer(p sdk.Plugin) (wire.PluginServer, error) {
	s, err := compile(p)
	if err != nil {
		return nil, err
	}
	return &server{served: s}, nil
}

// server is the gRPC service of a plugin process.
type server struct {
	wire.UnimplementedPluginServer
	served *served
	// begins is called when a session begins. It may be nil.
	begins func()
	// ended is called as soon as a session is over, before its worlds are ended: a process that exits then cannot be
	// kept by a component that does not end. It may be nil.
	ended func()
	// simulates is called whenever a world in virtual time is opened. It may be nil.
	simulates func()
}

// Session serves one host until it ends the stream, or is gone.
func (s *server) Session(stream wire.Plugin_SessionServer) error {
	if s.begins != nil {
		s.begins()
	}
	session := &session{served: s.served, simulates: s.simulates, out: newOutbox(), worlds: map[uint64]world{}}
	sent := make(chan struct{})
	go func() {
		session.out.send(stream)
		close(sent)
	}()
	err := session.receive(stream)
	if s.ended != nil {
		s.ended()
	}
	session.out.close()
	<-sent
	session.end()
	return err
}

// session is the conversation with one host. Its fields belong to the goroutine that receives.
type session struct {
	served    *served
	simulates func()
	out       *outbox
	worlds    map[uint64]world
}

// world is one execution of one experiment, or in live one node of it.
type world interface {
	// command takes a command for the world. Commands come in order; command should not wait.
	command(*wire.Command)
	// abandon ends the world without an answer and waits until nothing of it is left, within reason.
	abandon()
}

func (s *session) receive(stream wire.Plugin_SessionServer) error {
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, command := range message.Commands {
			if err := s.dispatch(command); err != nil {
				return status.Error(codes.FailedPrecondition, err.Error())
			}
		}
	}
}

// dispatch passes a command to its world. A command of a kind that this version does not know is ignored; one for a
// world that does not exist is answered by nothing too: the host may have said it before it heard that the world ended.
func (s *session) dispatch(command *wire.Command) error {
	id := command.World
	switch of := command.Of.(type) {
	case *wire.Command_Describe:
		s.out.put(id, &wire.Report{Of: &wire.Report_Manifest{Manifest: wire.ToManifest(s.served.described())}})
		return nil
	case *wire.Command_Open:
		if s.worlds[id] != nil {
			return errors.New("the host opened a world twice")
		}
		if of.Open.Live {
			s.worlds[id] = newLiveWorld(s.served, s.out, id, of.Open)
		} else {
			if s.simulates != nil {
				s.simulates()
			}
			s.worlds[id] = newSimWorld(s.served, s.out, id, of.Open)
		}
		return nil
	case nil:
		return nil
	}
	w := s.worlds[id]
	if w == nil {
		return nil
	}
	w.command(command)
	if command.GetClose() != nil {
		delete(s.worlds, id)
	}
	return nil
}

func (s *session) end() {
	for _, w := range s.worlds {
		w.abandon()
	}
}
