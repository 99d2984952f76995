package host

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// stopGrace is how long a process has to end by itself once its session has ended.
const stopGrace = time.Second

// StartOptions is what is special about one process.
type StartOptions struct {
	// Name says what the process is for, in messages: a node's name, or "sim".
	Name string
	// Log gets what the process prints, line by line, each with its newline, one Write a line and never two at a time.
	// Nil: the host's log.
	Log io.Writer
}

// Process is one plugin process with its session. Its methods may be called from any goroutine.
type Process struct {
	host       *Host
	plugin     *Plugin
	name       string
	connection *connection
	out        *output
	queue      *queue

	receivers sync.Map // world number -> func(*wire.Report)
	worlds    atomic.Uint64
	manifest  chan *wire.Manifest

	mu     sync.Mutex
	cause  string // why we ended it, or what it has done wrong
	lost   string // how its session has ended, which is the cause only if the process does not end itself
	paused bool

	abandoned atomic.Bool

	heard atomic.Int64 // when the last message came, in nanoseconds since 1970

	done chan struct{}
	exit *Exit // written before done is closed
}

// start launches a process and opens its session.
func (h *Host) start(p *Plugin, o StartOptions) (*Process, error) {
	end, err := h.begin()
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = &hostLog{print: h.options.Print, plugin: p.Name, log: h.log.With("plugin", p.Name, "name", o.Name)}
	}
	out := &output{log: o.Log}
	connection, err := h.connect(p, out)
	if err != nil {
		end()
		return nil, err
	}
	process := &Process{
		host: h, plugin: p, name: o.Name, connection: connection, out: out, queue: newQueue(),
		manifest: make(chan *wire.Manifest, 1), done: make(chan struct{}),
	}
	if err := h.register(process); err != nil {
		connection.cancel()
		process.reap(0)
		end()
		return nil, err
	}
	go bug.Guarded(process.write)()
	go bug.Guarded(func() {
		process.supervise()
		end()
	})()
	return process, nil
}

// Plugin is what the process was started from.
func (p *Process) Plugin() *Plugin { return p.plugin }

// Pid is the operating system's number of the process.
func (p *Process) Pid() int { return p.connection.pid }

// NewWorld returns a world number that nobody else has in this process.
func (p *Process) NewWorld() uint64 { return p.worlds.Add(1) }

// Send queues a command. It never blocks, also while the process is paused. The error says that the process has ended
// or is ending, that the command is larger than 64 MiB, or that the process has not read for too long.
func (p *Process) Send(command *wire.Command) error {
	if err := p.queue.put(command); err != nil {
		select {
		case <-p.done:
			return p.exit
		default:
			return fmt.Errorf("plugin %s (%s): %w", p.plugin.Name, p.name, err)
		}
	}
	return nil
}

// Attach makes receive get the reports of a world, in order, on the goroutine that reads the session: it must not
// block. After detach no new call of it begins. When the process ends, Done is closed after the last report.
func (p *Process) Attach(world uint64, receive func(*wire.Report)) (detach func()) {
	p.receivers.Store(world, receive)
	return func() { p.receivers.Delete(world) }
}

// Done is closed when the process is gone and its last report delivered.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err is nil until Done is closed, then *Exit.
func (p *Process) Err() error {
	select {
	case <-p.done:
		return p.exit
	default:
		return nil
	}
}

// Kill ends the process at once, with all processes it has started, as a crash of its machine would. It returns when
// the process is gone; Done follows once the last reports are delivered. A reattached process only loses its session.
func (p *Process) Kill() { p.end("killed by the host", 0) }

// Stop ends the session, after what was sent before, and lets the process end by itself; after 1 s it is killed. A
// paused process is killed at once. Returns when it is gone.
func (p *Process) Stop() { p.end("stopped by the host", stopGrace) }

// Abandon ends a process that does not answer; the cause is what others who use it are told. It does not wait.
func (p *Process) Abandon(cause string) {
	p.abandoned.Store(true)
	go bug.Guarded(func() { p.end(cause, 0) })()
}

// Silent reports whether nothing at all has come from the process for that long.
func (p *Process) Silent(d time.Duration) bool {
	return time.Since(time.Unix(0, p.heard.Load())) >= d
}

// Ours reports whether the host has started the process; one that it has not may stand still in a debugger.
func (p *Process) Ours() bool { return p.connection.child != nil }

func (p *Process) end(cause string, grace time.Duration) {
	p.mu.Lock()
	if p.cause == "" {
		p.cause = cause
	}
	if p.paused {
		grace = 0
	}
	p.mu.Unlock()
	if child := p.connection.child; child != nil && grace == 0 {
		child.kill() // before it can see the end of its session and end in order
	}
	p.queue.close()
	if p.connection.child == nil {
		select {
		case <-p.done:
		case <-time.After(grace):
		}
		p.connection.cancel()
		return
	}
	p.await(grace)
}

// await returns when the process is gone, which it is at the latest after the grace.
func (p *Process) await(grace time.Duration) {
	child := p.connection.child
	if grace > 0 {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-child.gone:
			return
		case <-timer.C:
		}
	}
	child.kill()
	<-child.gone
}

// Signal sends a signal to the process and all that it has started: SIGSTOP pauses, SIGCONT resumes.
func (p *Process) Signal(sig os.Signal) error {
	if p.connection.child == nil {
		return &trouble.Error{
			Class: trouble.Plugin,
			Text:  fmt.Sprintf("plugin %s (%s): signal %v: the process is not ours", p.plugin.Name, p.name, sig),
			Hint:  "a node whose process " + wire.ReattachVariable + " names cannot be paused; crash and restart work",
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.connection.child.signal(sig); err != nil {
		return fmt.Errorf("plugin %s (%s): signal %v: %w", p.plugin.Name, p.name, sig, err)
	}
	p.paused = isStop(sig) || p.paused && !isContinue(sig)
	return nil
}

// write sends what is queued, as many commands in one message as have gathered.
func (p *Process) write() {
	for {
		batch := p.queue.take()
		if batch == nil {
			_ = p.connection.stream.CloseSend()
			return
		}
		if p.connection.stream.Send(&wire.ToPlugin{Commands: batch}) != nil {
			return // the reader learns why
		}
	}
}

// supervise delivers reports until the session ends, and then sees to the process's end.
func (p *Process) supervise() {
	for {
		message, err := p.connection.stream.Recv()
		if err != nil {
			p.noticed(err)
			break
		}
		p.heard.Store(time.Now().UnixNano())
		for _, report := range message.Reports {
			p.dispatch(report)
		}
	}
	p.queue.close()
	p.connection.cancel()
	p.reap(stopGrace)
	p.host.unregister(p)
	close(p.done)
}

func (p *Process) dispatch(report *wire.Report) {
	if receive, ok := p.receivers.Load(report.World); ok {
		receive.(func(*wire.Report))(report)
		return
	}
	if manifest := report.GetManifest(); manifest != nil {
		select {
		case p.manifest <- manifest:
		default: // nobody asked
		}
	}
}

// refusedMessage is what gRPC says before a codec's error.
const refusedMessage = "grpc: failed to unmarshal the received message: "

// noticed keeps how the session has ended. That is why the process ends, if it does not end by itself.
func (p *Process) noticed(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cause != "" {
		return
	}
	switch code := status.Code(err); {
	case errors.Is(err, io.EOF):
		p.lost = "it has ended its session"
	case code == codes.Unavailable, code == codes.Canceled:
		p.lost = "it has broken off its connection"
	case code == codes.ResourceExhausted:
		p.cause = fmt.Sprintf("a message of more than %d MiB", wire.MaxMessage>>20)
	case code == codes.Unimplemented:
		p.cause = "it does not serve labplugin.v1: a plugin's main is serve.Main(plugin)"
	default:
		if why, ok := strings.CutPrefix(status.Convert(err).Message(), refusedMessage); ok {
			p.cause = why
			return
		}
		p.cause = "session: " + status.Convert(err).Message()
	}
}

// reap waits for the process's end, at most for the grace, and describes it.
func (p *Process) reap(grace time.Duration) {
	p.exit = &Exit{Plugin: p.plugin.Name, Name: p.name, Pid: p.Pid(), Code: -1, Abandoned: p.abandoned.Load()}
	if child := p.connection.child; child != nil {
		p.await(grace)
		<-child.finished
		p.exit.Code, p.exit.Signal = child.state.ExitCode(), endedBy(child.state)
		child.mu.Lock()
		ours := child.killed
		child.mu.Unlock()
		p.mu.Lock()
		if p.cause == "" && ours {
			p.cause = p.lost
		}
		p.mu.Unlock()
	}
	p.connection.close()
	p.mu.Lock()
	p.exit.Cause = p.cause
	p.mu.Unlock()
	tail, panicText := p.out.said()
	p.exit.Stderr = tail
	if p.exit.Code != 0 {
		p.exit.Panic = panicText
	}
}
