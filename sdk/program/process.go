package program

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tetratelabs/wazero/sys"

	"github.com/netlab-dev/netlab/sdk"
)

const (
	firstFree      = 16     // the number of the first descriptor that the program opens itself
	maxDescriptors = 65_536 // that are open at the same time
)

// descriptor is what a number of the program's table stands for. Its methods are called with the process's lock held,
// and never wait: what cannot be done now is eAgain. A file's alone may take (virtual) time, as a disk does.
type descriptor interface {
	filetype() byte
	readable() bool
	writable() bool
	// read returns at most size bytes, which are valid until the next call. None, without an error, is the end.
	read(p *process, size int) ([]byte, errno)
	write(p *process, data []byte) (int, errno)
	close(p *process)
}

// opened is an entry of the table.
type opened struct {
	descriptor
	flags uint16 // as fd_fdstat_set_flags has set them
}

// process is a program at work. The program's own task and those that serve its sockets share it.
type process struct {
	env     sdk.Env
	args    []string
	environ []string
	names   names
	output  output
	memory  memory // of the call under way: the program makes one at a time

	cond    sdk.Cond // guards what follows, and is broadcast when a descriptor may have become ready
	table   map[int32]*opened
	next    int32
	control *control
	ended   bool
	ready   bool // the event was emitted

	port    int       // that makes the program ready
	looks   int       // at the clock or at descriptors, since the program last waited
	wall    time.Time // as the program last saw it
	stopped bool      // because the node stops
	failed  error     // what the program has done that ends it
	scratch []byte    // what a call gathers

	diskSize int64 // as Program.Disk
	tree     *tree // see files
}

func newProcess(env sdk.Env, c *Program) *process {
	p := &process{env: env, cond: env.NewCond(), table: map[int32]*opened{}, next: firstFree, port: c.Port, diskSize: c.Disk}
	p.names.env, p.output.process, p.output.awaits = env, p, c.Ready
	fill := strings.NewReplacer("$NODE", env.Node(), "$PORT", strconv.Itoa(c.Port))
	p.args = []string{"program"}
	for _, arg := range c.Args {
		p.args = append(p.args, fill.Replace(arg))
	}
	p.environ = []string{
		"NODE=" + env.Node(), "HOSTNAME=" + env.Node(), "PORT=" + strconv.Itoa(c.Port), "PEERS=" + strings.Join(env.Peers(), ","),
	}
	for _, f := range c.Env {
		p.environ = slices.DeleteFunc(p.environ, func(old string) bool { return strings.HasPrefix(old, f.Name+"=") })
		p.environ = append(p.environ, f.Name+"="+fill.Replace(fmt.Sprint(f.Value)))
	}
	p.control = &control{answers: map[int64]answer{}}
	for fd, d := range []descriptor{&terminal{0}, &terminal{1}, &terminal{2}, &directory{}, p.control} {
		p.table[int32(fd)] = &opened{descriptor: d}
	}
	p.table[controlFD].flags = flagNonblock // else a read would stop all goroutines until the next question
	return p
}

// open puts a descriptor into the table.
func (p *process) open(d descriptor) (int32, errno) {
	if len(p.table) >= maxDescriptors {
		d.close(p)
		return 0, eMFile
	}
	fd := p.next
	p.next++
	p.table[fd] = &opened{descriptor: d}
	return fd, success
}

// as is the descriptor behind a number, if it is of the type.
func as[T descriptor](p *process, fd int32) (T, errno) {
	var none T
	o := p.table[fd]
	if o == nil {
		return none, eBadf
	}
	d, ok := o.descriptor.(T)
	if !ok {
		return none, eNotSock
	}
	return d, success
}

// end closes what the program has left open, and ends the calls that wait for an answer.
func (p *process) end() {
	p.cond.Lock()
	defer p.cond.Unlock()
	p.output.flush()
	p.ended = true
	fds := make([]int32, 0, len(p.table))
	for fd := range p.table {
		fds = append(fds, fd)
	}
	slices.Sort(fds)
	for _, fd := range fds {
		p.table[fd].close(p)
		delete(p.table, fd)
	}
	p.cond.Broadcast()
}

// wait parks the program until a descriptor may have become ready; it tells whether the deadline came first. The lock is held.
func (p *process) wait(deadline time.Time) (expired bool) {
	p.looks = 0
	err := p.cond.Wait(deadline)
	if errors.Is(err, sdk.ErrStopped) {
		p.stop()
	}
	return errors.Is(err, sdk.ErrTimeout)
}

// freeLooks is how often a program may look at the clock, or at descriptors, without waiting and without time passing.
const freeLooks = 1000

// look counts a look. A program that does nothing but look makes time pass, so that a loop until an instant ends.
func (p *process) look() {
	if p.looks++; p.looks > freeLooks && p.env.Sleep(time.Microsecond) != nil {
		p.stop()
	}
}

// stop ends the program from within a call, because the node stops.
func (p *process) stop() {
	p.stopped = true
	panic(sys.NewExitError(sys.ExitCodeContextCanceled))
}

// fail ends the program from within a call, because of what it has done.
func (p *process) fail(format string, args ...any) {
	p.failed = fmt.Errorf(format, args...)
	panic(sys.NewExitError(1))
}

// usable emits the event ready, once.
func (p *process) usable() {
	if !p.ready {
		p.ready = true
		p.env.Emit(Ready{})
	}
}
