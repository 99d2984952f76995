//go:build linux

package peers

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2/client"
	"golang.org/x/net/proxy"
	"golang.org/x/sys/unix"
)

// patience is longer than a process takes to start on a busy machine.
const patience = 30 * time.Second

// relay is a relaying process and how to get through it to the sink.
type relay struct {
	pid  int
	near func() (net.Conn, error) // undelayed
	far  func() (net.Conn, error) // delayed by latency on the way there
}

// processor is the processor time that the process has used so far, from the same books as its resource usage, but to
// the nanosecond and while it runs. The clock's number is what clock_getcpuclockid(3) makes of a process ID.
func (r *relay) processor() (time.Duration, error) {
	const scheduled = 2
	var used unix.Timespec
	err := unix.ClockGettime(int32(^r.pid<<3|scheduled), &used)
	return time.Duration(used.Nano()), err
}

// build compiles a program as this module has it, and returns its path.
func build(b *testing.B, target string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), filepath.Base(target))
	if out, err := exec.Command("go", "build", "-o", path, target).CombinedOutput(); err != nil {
		b.Fatalf("go build %s: %v\n%s", target, err, out)
	}
	return path
}

// start starts a program of ours and returns its process ID and the first line it prints. It ends with the benchmark.
func start(b *testing.B, path string, args ...string) (pid int, line string) {
	b.Helper()
	cmd := exec.Command(path, args...)
	cmd.Stderr = os.Stderr
	input, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	output, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := errors.Join(input.Close(), cmd.Wait()); err != nil {
			b.Errorf("%s: %v", path, err)
		}
	})
	line, err = bufio.NewReader(output).ReadString('\n')
	if err != nil {
		b.Fatalf("%s has not said where it is: %v", path, err)
	}
	return cmd.Process.Pid, strings.TrimSpace(line)
}

func startOurs(b *testing.B, sink string) *relay {
	b.Helper()
	pid, line := start(b, build(b, "./relay"), sink, latency.String())
	password, socks, _ := strings.Cut(line, "@")
	dialer, err := proxy.SOCKS5("tcp4", socks, &proxy.Auth{User: "client", Password: password}, proxy.Direct)
	if err != nil {
		b.Fatal(err)
	}
	return &relay{
		pid:  pid,
		near: func() (net.Conn, error) { return dialer.Dial("tcp", "near:1") },
		far:  func() (net.Conn, error) { return dialer.Dial("tcp", "far:1") },
	}
}

func startToxiproxy(b *testing.B, sink string) *relay {
	b.Helper()
	host, port, err := net.SplitHostPort(unused(b))
	if err != nil {
		b.Fatal(err)
	}
	path := build(b, "github.com/Shopify/toxiproxy/v2/cmd/server")
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "-host", host, "-port", port)
	// Its own go.mod is from before Go's listeners spoke multipath TCP; a build in this module would.
	cmd.Env = append(os.Environ(), "GODEBUG=multipathtcp=0")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it does not end with its input, as ours do
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was killed
	})
	client := toxiproxy.NewClient(net.JoinHostPort(host, port))
	await(b, client)
	near, err := client.CreateProxy("near", "127.0.0.1:0", sink)
	if err != nil {
		b.Fatal(err)
	}
	far, err := client.CreateProxy("far", "127.0.0.1:0", sink)
	if err != nil {
		b.Fatal(err)
	}
	delay := toxiproxy.Attributes{"latency": latency.Milliseconds()}
	if _, err := far.AddToxic("delay", "latency", "upstream", 1, delay); err != nil {
		b.Fatal(err)
	}
	return &relay{
		pid:  cmd.Process.Pid,
		near: func() (net.Conn, error) { return net.Dial("tcp4", near.Listen) },
		far:  func() (net.Conn, error) { return net.Dial("tcp4", far.Listen) },
	}
}

// unused is a loopback address that nobody listens on.
func unused(b *testing.B) string {
	b.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// await waits until the peer answers.
func await(b *testing.B, client *toxiproxy.Client) {
	b.Helper()
	limit := time.After(patience)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		_, err := client.Version()
		if err == nil {
			return
		}
		select {
		case <-tick.C:
		case <-limit:
			b.Fatalf("toxiproxy does not answer within %v: %v", patience, err)
		}
	}
}
