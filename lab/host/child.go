package host

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/lab/bug"
)

// drainTime is how long the output of a dead process is waited for, should something of it still hold the pipes.
const drainTime = 100 * time.Millisecond

// child is one operating-system process and what it prints. It is the runner that go-plugin drives: it starts the
// process in its own group, on the host's spawning thread, keeps standard error for us and shows go-plugin nothing of
// standard output but the first line, the handshake.
type child struct {
	host *Host
	path string
	env  []string
	line *lifeline // whose end it waits for: its host's
	out  *output

	handshake *io.PipeReader // the first line of standard output, then end of file

	mu       sync.Mutex
	family   *family // nil until it is started
	killed   bool    // by us
	first    string  // the first line
	whole    bool    // the first line is one: its end has come, or it is longer than any handshake
	state    *os.ProcessState
	gone     chan struct{} // closed once the process is reaped
	finished chan struct{} // closed after gone, when all its output has been read
}

func newChild(h *Host, path string, out *output) *child {
	return &child{
		host: h, path: path, line: h.lifeline, out: out, gone: make(chan struct{}), finished: make(chan struct{}),
	}
}

// Start implements runner.Runner.
func (c *child) Start(context.Context) error {
	stdoutR, stdoutW, err := os.Pipe()
	if err != nil {
		return err
	}
	stderrR, stderrW, err := os.Pipe()
	if err != nil {
		return errors.Join(err, stdoutR.Close(), stdoutW.Close())
	}
	err = c.begin(&exec.Cmd{ // Stdin stays nil: /dev/null
		Path: c.path, Args: []string{c.path}, Env: c.env, Stdout: stdoutW, Stderr: stderrW, ExtraFiles: c.line.files(),
	})
	_ = stdoutW.Close()
	_ = stderrW.Close()
	if err != nil {
		return errors.Join(err, stdoutR.Close(), stderrR.Close())
	}
	var handshake *io.PipeWriter
	c.handshake, handshake = io.Pipe()
	var read sync.WaitGroup
	read.Go(bug.Guarded(func() { c.readStdout(stdoutR, handshake) }))
	read.Go(bug.Guarded(func() { c.readStderr(stderrR) }))
	go bug.Guarded(func() {
		c.reap()
		// Whoever left the group may still hold the pipes; nobody waits for that.
		deadline := time.Now().Add(drainTime)
		_ = stdoutR.SetReadDeadline(deadline)
		_ = stderrR.SetReadDeadline(deadline)
		read.Wait()
		_ = stdoutR.Close()
		_ = stderrR.Close()
		close(c.finished)
	})()
	return nil
}

// begin starts the process, unless it was killed before.
func (c *child) begin(cmd *exec.Cmd) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.killed {
		return ErrClosed
	}
	f, err := c.host.startFamily(cmd)
	if err == nil {
		c.family = f
	}
	return err
}

// reap waits for the process's end and that of all it has started.
func (c *child) reap() {
	_ = c.family.wait() // the state says it
	c.state = c.family.cmd.ProcessState
	close(c.gone)
}

// readStdout gives go-plugin the first line and passes the rest on.
func (c *child) readStdout(stdout io.Reader, handshake *io.PipeWriter) {
	r := bufio.NewReader(stdout)
	line, err := r.ReadSlice('\n')
	c.mu.Lock()
	c.first, c.whole = strings.TrimSpace(string(line)), err == nil || err == bufio.ErrBufferFull
	c.mu.Unlock()
	_, _ = handshake.Write(line)
	_ = handshake.Close()
	rest := &source{out: c.out}
	_, _ = io.Copy(rest, r)
	rest.flush()
}

func (c *child) readStderr(stderr io.Reader) {
	s := &source{out: c.out}
	_, _ = io.Copy(s, stderr)
	s.flush()
}

// kill ends the process at once, with all that it has started. It does nothing when the process has ended.
func (c *child) kill() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.family == nil || c.family.kill() {
		c.killed = true
	}
}

// signal sends a signal to the whole group.
func (c *child) signal(sig os.Signal) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.family == nil {
		return os.ErrProcessDone
	}
	return c.family.signal(sig)
}

// Wait implements runner.AttachedRunner.
func (c *child) Wait(context.Context) error {
	<-c.finished
	return nil
}

// Kill implements runner.AttachedRunner. go-plugin calls it as soon as a start has failed, when how the process ends by
// itself is still to be seen; connect ends it in its own time.
func (c *child) Kill(context.Context) error { return nil }

// Stdout implements runner.Runner: the handshake only.
func (c *child) Stdout() io.ReadCloser { return c.handshake }

// Stderr implements runner.Runner. go-plugin's parser of log lines panics on some input, so it gets nothing to parse.
func (c *child) Stderr() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// Name implements runner.Runner.
func (c *child) Name() string { return c.path }

// Diagnose implements runner.Runner; our own diagnosis is in launch.go.
func (c *child) Diagnose(context.Context) string { return "" }

// ID implements runner.AttachedRunner.
func (c *child) ID() string { return strconv.Itoa(c.pid()) }

func (c *child) isStarted() bool { return c.pid() != 0 }

func (c *child) pid() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.family == nil {
		return 0
	}
	return c.family.cmd.Process.Pid
}

// PluginToHost implements runner.AddrTranslator: host and plugin see the same addresses.
func (c *child) PluginToHost(network, address string) (string, string, error) {
	return network, address, nil
}

// HostToPlugin implements runner.AddrTranslator.
func (c *child) HostToPlugin(network, address string) (string, string, error) {
	return network, address, nil
}
