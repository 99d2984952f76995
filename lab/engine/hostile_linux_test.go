package engine_test

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/sdk/value"
)

// siege is a live run of every program that listens, seen from outside, where hostile bytes come from.
type siege struct {
	*stage
	mu    sync.Mutex
	ports map[string]string // "lb tcp" -> the real address
	lines []string          // of the log
}

func newSiege(t *testing.T) *siege {
	s := &siege{ports: map[string]string{}}
	e, err := open(newHost(t), true, engine.Options{
		Seed: seed,
		Port: func(node, network string, _ int, real netip.AddrPort) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.ports[node+" "+network] = real.String()
		},
		Log: func(_ time.Duration, node, line string) {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.lines = append(s.lines, node+": "+line)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s.stage = stageOf(t, e, true)
	s.add("tcp-echo", nil, "echo")
	s.add("udp-echo", nil, "udp")
	s.add("sink", nil, "sink")
	s.add("http-backend", nil, "web")
	s.add("raft", nil, "raft")
	s.add("balancer", args{"backends", []any{value.Addr("web:8000")}}.fields(), "lb")
	s.add("balancer", args{"backends", []any{value.Addr("echo:8080")}, "mode", "tcp"}.fields(), "tcp")
	s.pass(100 * time.Millisecond)
	return s
}

// besieged are the programs that listen on TCP: what an honest client says, and how the answer ends.
var besieged = []struct{ node, say, want string }{
	{"echo", "hello\n", "Echo: hello\n"},
	{"tcp", "hello\n", "Echo: hello\n"},
	{"sink", "hello\n", ""},
	{"web", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "hello from web\n"},
	{"lb", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "hello from web\n"},
}

func (s *siege) dial(node, network string) net.Conn {
	s.Helper()
	s.mu.Lock()
	addr := s.ports[node+" "+network]
	s.mu.Unlock()
	conn, err := net.DialTimeout(network, addr, patience)
	if err != nil {
		s.Fatalf("%s: %v", node, err)
	}
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		s.Fatal(err)
	}
	return conn
}

// well is served as an honest client must be, whatever others do.
func (s *siege) well(node, say, want string) {
	s.Helper()
	conn := s.dial(node, "tcp")
	defer conn.Close()
	_, err := io.WriteString(conn, say)
	err = errors.Join(err, conn.(*net.TCPConn).CloseWrite())
	got, err2 := io.ReadAll(conn)
	if err := errors.Join(err, err2); err != nil || !strings.HasSuffix(string(got), want) {
		s.Errorf("%s: an honest client got %q, %v, want %q", node, got, err, want)
	}
}

// descriptors is how many all plugin processes of this one hold.
func descriptors(t testing.TB) (count int) {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, stat := range stats {
		text, _ := os.ReadFile(stat) // a process may have ended by now
		_, rest, _ := strings.Cut(string(text), ") ")
		if f := strings.Fields(rest); len(f) < 2 || f[1] != strconv.Itoa(os.Getpid()) {
			continue
		}
		open, _ := os.ReadDir(filepath.Join(filepath.Dir(stat), "fd"))
		count += len(open)
	}
	return count
}

// released waits until the plugins hold about as many descriptors as before: pools and health checks come and go.
func (s *siege) released(before int) {
	s.Helper()
	const comeAndGo = 40
	s.eventually(fmt.Sprintf("descriptors are back at about %d", before), func() bool {
		return descriptors(s) <= before+comeAndGo
	})
}

func abort(conn net.Conn) {
	_ = conn.(*net.TCPConn).SetLinger(0)
	_ = conn.Close()
}

func TestHostileConnectionsFromOutsideLeaveNothingBehind(t *testing.T) {
	s := newSiege(t)
	defer s.close()
	for _, p := range besieged {
		s.well(p.node, p.say, p.want)
		before := descriptors(t)
		for i := range 1000 {
			conn := s.dial(p.node, "tcp")
			switch i % 5 {
			case 0:
				_, _ = io.WriteString(conn, "\x00\xff garbage\r\n\r\n")
			case 1:
				_, _ = io.WriteString(conn, p.say[:len(p.say)/2])
			case 2:
				_, _ = io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n")
			case 3:
				_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nX: "+strings.Repeat("x", 100_000))
			}
			if i%2 == 0 {
				abort(conn)
			} else {
				_ = conn.Close()
			}
			if i%100 == 0 {
				s.well(p.node, p.say, p.want)
			}
		}
		s.well(p.node, p.say, p.want)
		s.released(before)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.lines) == 0 || len(s.lines) > 300 {
		t.Errorf("%d lines of log, want a few for each class of 5000 refusals", len(s.lines))
	}
}

func TestManyIdleConnectionsFromOutsideHoldUpNobody(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	s := newSiege(t)
	defer s.close()
	for _, p := range besieged {
		most := 9_990 // of a balancer's 10,000 places
		if p.node == "tcp" {
			most /= 3 // each goes on to the echo, by way of this process, which then holds three for it
		}
		if testing.Short() {
			most = 300
		}
		count := min(most, int(limit.Cur-500)/4)
		if p.node != "tcp" {
			count = min(most, int(limit.Cur-500)/2)
		}
		t.Logf("%s: %d idle connections", p.node, count)
		before := descriptors(t)
		idle := make([]net.Conn, count)
		for i := range idle {
			idle[i] = s.dial(p.node, "tcp")
			if i%100 == 0 { // which also keeps the balancer's own dials from queueing beyond their limit of a second
				s.well(p.node, p.say, p.want)
			}
		}
		s.well(p.node, p.say, p.want)
		for _, conn := range idle {
			_ = conn.Close()
		}
		s.released(before)
		s.well(p.node, p.say, p.want)
	}
}

func TestHostileDatagramsFromOutsideHarmNobody(t *testing.T) {
	s := newSiege(t)
	defer s.close()
	for _, node := range []string{"udp", "sink", "raft"} {
		conn := s.dial(node, "udp")
		for i := range 2000 {
			data := pattern(i % 1400)
			if i%3 == 0 {
				data = append([]byte("\xabL\x01"), data...)
			}
			_, _ = conn.Write(data) // the kernel may have no room
		}
		_, _ = conn.Write(make([]byte, 65507))
		_ = conn.Close()
	}
	conn := s.dial("udp", "udp")
	defer conn.Close()
	buf := make([]byte, 100)
	var got string
	for end := time.Now().Add(patience); got != "Echo: hello" && time.Now().Before(end); {
		_, _ = conn.Write([]byte("hello"))
		_ = conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		n, _ := conn.Read(buf)
		got = string(buf[:n])
	}
	if got != "Echo: hello" {
		t.Errorf("udp-echo answers %q after it all", got)
	}
	s.eventually("raft leads", func() bool { return field[string](s.stage, s.call("raft", "status"), "role") == "leader" })
}
