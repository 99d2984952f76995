package host_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/sdk/wire"
)

// newHost makes a host that the test's end closes.
func newHost(t testing.TB, o host.Options) *host.Host {
	t.Helper()
	h, err := host.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Errorf("closing the host: %v", err)
		}
		if _, err := os.Stat(h.Dir()); !os.IsNotExist(err) {
			t.Errorf("run directory %s is still there: %v", h.Dir(), err)
		}
	})
	return h
}

// start starts a process of an honest plugin.
func start(t testing.TB, h *host.Host, o host.StartOptions) *host.Process {
	t.Helper()
	p, err := h.Start(&host.Plugin{Name: "honest", Path: program(t, "honest")}, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if dead(p.Pid()) != nil {
			p.Kill()
		}
	})
	return p
}

// ask calls a method of the plugin and returns its answer.
func ask(t testing.TB, p *host.Process, method string) string {
	t.Helper()
	reply := make(chan string, 1)
	world := p.NewWorld()
	detach := p.Attach(world, func(r *wire.Report) {
		value, _ := wire.DecodeValue(r.GetReply().GetValue())
		text, _ := value.(string)
		reply <- text
	})
	defer detach()
	tell(t, p, world, method)
	select {
	case text := <-reply:
		return text
	case <-p.Done():
		t.Fatalf("%s: %v", method, p.Err())
	case <-time.After(patience):
		t.Fatalf("%s: no answer", method)
	}
	return ""
}

// tell calls a method without waiting.
func tell(t testing.TB, p *host.Process, world uint64, method string) {
	t.Helper()
	call := &wire.Call{Id: 1, Method: method}
	if err := p.Send(&wire.Command{World: world, Of: &wire.Command_Call{Call: call}}); err != nil {
		t.Fatal(err)
	}
}

// exit waits for the process's end.
func exit(t testing.TB, p *host.Process) *host.Exit {
	t.Helper()
	select {
	case <-p.Done():
	case <-time.After(patience):
		t.Fatalf("process %d does not end", p.Pid())
	}
	var e *host.Exit
	if !errors.As(p.Err(), &e) {
		t.Fatalf("ended with %v, want *Exit", p.Err())
	}
	return e
}

// lines is a log that can be read while it is written.
type lines struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *lines) Write(data []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(data)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// eventually polls a condition.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	limit := time.After(patience)
	for tick := time.NewTicker(time.Millisecond); !holds(); {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}

func TestReportsReachTheReceiverOfTheirWorldInOrder(t *testing.T) {
	p := start(t, newHost(t, host.Options{}), host.StartOptions{Name: "n1"})
	const worlds, each = 8, 200
	var all sync.WaitGroup
	for range worlds {
		world := p.NewWorld()
		all.Go(func() {
			got := make(chan int64, each)
			defer p.Attach(world, func(r *wire.Report) { got <- r.GetBarrier().GetId() })()
			for i := range int64(each) {
				id := int64(world)*each + i
				barrier := &wire.Command_Barrier{Barrier: &wire.Barrier{Id: id}}
				if err := p.Send(&wire.Command{World: world, Of: barrier}); err != nil {
					t.Error(err)
				}
			}
			for i := range int64(each) {
				if id := <-got; id != int64(world)*each+i {
					t.Errorf("world %d: barrier %d, want %d", world, id, int64(world)*each+i)
				}
			}
		})
	}
	all.Wait()
}

func TestCommandsThatGatherTravelInOneMessage(t *testing.T) {
	p := start(t, newHost(t, host.Options{}), host.StartOptions{Name: "n1"})
	if err := p.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	const commands = 100_000 // far more than the stream's window holds
	data := strings.Repeat("d", 100)
	for range commands {
		call := &wire.Call{Node: data, Method: "nothing"}
		if err := p.Send(&wire.Command{World: 1 << 40, Of: &wire.Command_Call{Call: call}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	messages := ask(t, p, "messages")
	var n int
	if _, err := fmt.Sscan(messages, &n); err != nil || n < 2 || n > commands/20 {
		t.Errorf("%d commands came in %s messages, want far fewer", commands, messages)
	}
}

func TestACommandThatIsTooLargeIsRefusedAndHurtsNobody(t *testing.T) {
	p := start(t, newHost(t, host.Options{}), host.StartOptions{Name: "n1"})
	call := &wire.Call{Method: strings.Repeat("x", wire.MaxMessage)}
	err := p.Send(&wire.Command{Of: &wire.Command_Call{Call: call}})
	if err == nil || !strings.Contains(err.Error(), "limit is") {
		t.Errorf("sending %d bytes: %v, want a refusal", wire.MaxMessage, err)
	}
	if got := ask(t, p, "messages"); got != "1" {
		t.Errorf("the plugin has got %s messages, want 1", got)
	}
}

func TestAMessageOfVeryManyPartsEndsTheProcessAndTakesNoMemory(t *testing.T) {
	p := start(t, newHost(t, host.Options{}), host.StartOptions{Name: "n1"})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	tell(t, p, 1, "parts") // 6 MiB on the wire
	if e := exit(t, p); e.Cause != "a message of more than 2162688 parts" {
		t.Errorf("the process has ended by %+v", e)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
		t.Errorf("it took %d MiB, want a few", took>>20)
	}
}

func TestAReportThatIsTooLargeEndsTheProcess(t *testing.T) {
	t.Parallel() // it waits for a second
	p := start(t, newHost(t, host.Options{}), host.StartOptions{Name: "n1"})
	tell(t, p, 1, "big")
	if e := exit(t, p); !strings.Contains(e.Cause, "more than 64 MiB") {
		t.Errorf("cause %q, want the message's size", e.Cause)
	}
}

func TestAPanicBecomesAnExitWithItsTextAndStack(t *testing.T) {
	p := start(t, newHost(t, host.Options{}), host.StartOptions{Name: "n1"})
	tell(t, p, 1, "panic")
	e := exit(t, p)
	if e.Code != 2 || !strings.HasPrefix(e.Panic, "panic: index out of luck\n") ||
		!strings.Contains(e.Panic, "goroutine") {
		t.Errorf("code %d, panic %q; want 2 and the text with its stack", e.Code, e.Panic)
	}
	if want := fmt.Sprintf("plugin honest (n1, pid %d): panic: index out of luck", p.Pid()); e.Error() != want {
		t.Errorf("got  %q\nwant %q", e.Error(), want)
	}
	if err := p.Send(&wire.Command{}); err != error(e) {
		t.Errorf("sending to the dead: %v, want its exit", err)
	}
}

func TestAnExitHasItsCode(t *testing.T) {
	p := start(t, newHost(t, host.Options{}), host.StartOptions{Name: "n1"})
	tell(t, p, 1, "exit")
	if e := exit(t, p); e.Code != 3 || e.Signal != nil || e.Panic != "" {
		t.Errorf("got %+v, want code 3", e)
	}
}

func TestAnErrorOfTheSessionIsTheCause(t *testing.T) {
	t.Parallel() // it waits for a second
	p := start(t, newHost(t, host.Options{}), host.StartOptions{Name: "n1"})
	tell(t, p, 1, "error")
	if e := exit(t, p); !strings.Contains(e.Cause, "world is not flat") {
		t.Errorf("cause %q, want the session's error", e.Cause)
	}
}

func TestGarbageOnOutputHurtsNobodyAndIsPassedOn(t *testing.T) {
	log := &lines{}
	p := start(t, newHost(t, host.Options{}), host.StartOptions{Name: "n1", Log: log})
	ask(t, p, "garbage")
	ask(t, p, "flood")
	eventually(t, "both floods in the log", func() bool { return strings.Count(log.String(), "y") == 2*10*199_999 })
	ask(t, p, "print")
	ask(t, p, "end")
	for _, want := range []string{
		"{\"@message\":1,\"@level\":\"info\"}\n", "\xff\xfe\x00\n", "1|1|unix|again|grpc|\n", "end of garbage\n",
		"printed to stdout\n", "printed to stderr\n",
	} {
		eventually(t, fmt.Sprintf("%q in the log", want), func() bool { return strings.Contains(log.String(), want) })
	}
	p.Kill()
	e := exit(t, p)
	if len(e.Stderr) != 64<<10 || !strings.Contains(e.Stderr, "end of flood") {
		t.Errorf("kept %d bytes, want the last %d", len(e.Stderr), 64<<10)
	}
	if !strings.Contains(log.String(), "end of flood\n") {
		t.Error("an unfinished line is lost")
	}
}

func TestAPluginGetsNoTerminalAndNoSecrets(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
	t.Setenv("LAB_TEST_SETTING", "on")
	t.Setenv(wire.ReattachVariable, `{}`)
	p := start(t, newHost(t, host.Options{}), host.StartOptions{Name: "n1"})
	if got := ask(t, p, "stdin"); got != "/dev/null" {
		t.Errorf("standard input is %s, want /dev/null", got)
	}
	env := "\n" + ask(t, p, "environment") + "\n"
	for _, want := range []string{"\nPATH=" + os.Getenv("PATH") + "\n", "\nLAB_TEST_SETTING=on\n", "\nLAB_LIFELINE=3\n"} {
		if !strings.Contains(env, want) {
			t.Errorf("no %q in%s", strings.TrimSpace(want), env)
		}
	}
	for _, secret := range []string{"AWS_SECRET_ACCESS_KEY", wire.ReattachVariable} {
		if strings.Contains(env, secret) {
			t.Errorf("%s in%s", secret, env)
		}
	}
}
