package live

import (
	"bytes"
	"fmt"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"
)

// task is a goroutine of the node.
type task struct {
	entry uintptr       // of the function it runs, for its name
	ended chan struct{} // closed at its end; may be nil
}

func newTask(function any) *task { return &task{entry: reflect.ValueOf(function).Pointer()} }

// Panic is the report of a panic in a task of a node.
type Panic struct {
	Node  string
	At    time.Duration // instant of Monotonic
	Value any
	Stack string // from the line that panicked outwards
}

// Error gives the whole report, stack included.
func (p *Panic) Error() string {
	return fmt.Sprintf("node %s: panic: %v\n\n%s", p.Node, p.Value, p.Stack)
}

// Unwrap is the value of the panic when that is an error.
func (p *Panic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// Go runs f as a task of this node. Once the node stops, no task starts any more. A panic in f stops the node.
func (n *Node) Go(f func()) { n.start(newTask(f), f) }

// start runs body as the task. When the node is ending, the task has ended before it began.
func (n *Node) start(t *task, body func()) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ending {
		t.end()
		return
	}
	n.tasks[t] = struct{}{}
	go func() {
		defer n.finish(t)
		defer n.capture()
		body()
	}()
}

func (t *task) end() {
	if t.ended != nil {
		close(t.ended)
	}
}

func (n *Node) finish(t *task) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.tasks, t)
	t.end()
	if n.ending && len(n.tasks) == 0 {
		close(n.idle)
	}
}

// capture turns the panic of a task into the end of the node. It must be deferred.
func (n *Node) capture() {
	value := recover()
	if value == nil {
		return
	}
	p := &Panic{Node: n.config.Node, At: Monotonic(), Value: value, Stack: panicStack(debug.Stack())}
	n.mu.Lock()
	if n.failed == nil {
		n.failed = p
	}
	n.mu.Unlock()
	n.end()
}

// panicStack cuts what lies above the call of panic: it is ours and the runtime's, not the component's.
func panicStack(stack []byte) string {
	head, rest, _ := bytes.Cut(stack, []byte("\n"))
	if _, after, found := bytes.Cut(rest, []byte("\npanic(")); found {
		lines := bytes.SplitN(after, []byte("\n"), 3) // the rest of panic's own line, its position, the caller
		rest = lines[len(lines)-1]
	}
	return string(head) + "\n" + string(rest)
}

// remaining returns the names of the tasks that still run, sorted.
func (n *Node) remaining() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var names []string
	for t := range n.tasks {
		names = append(names, runtime.FuncForPC(t.entry).Name())
	}
	slices.Sort(names)
	return names
}

// joinNames lists each name once, with its number when there are several.
func joinNames(names []string) string {
	var parts []string
	for i := 0; i < len(names); {
		count := 1
		for i+count < len(names) && names[i+count] == names[i] {
			count++
		}
		part := names[i]
		if count > 1 {
			part += fmt.Sprintf(" (%d times)", count)
		}
		parts = append(parts, part)
		i += count
	}
	return strings.Join(parts, ", ")
}

// waits is called by whatever may block: the first such call of the component's Run makes the node ready.
func (n *Node) waits() {
	if !n.isReady.Load() && n.runner.Load() == goroutine() {
		n.setReady()
	}
}

func (n *Node) setReady() {
	n.readyOnce.Do(func() {
		n.isReady.Store(true)
		close(n.ready)
	})
}

// goroutine is the number of the calling goroutine. The runtime tells it in stack traces only; it is asked for only
// until the node is ready, to tell the component's Run from the tasks it has started.
func goroutine() uint64 {
	var buf [64]byte
	text := buf[:runtime.Stack(buf[:], false)]
	fields := bytes.Fields(text) // "goroutine 18 [running]:"
	if len(fields) < 2 {
		return 0
	}
	id, _ := strconv.ParseUint(string(fields[1]), 10, 64)
	return id
}
