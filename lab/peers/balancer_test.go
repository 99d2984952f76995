//go:build linux

package peers

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

const (
	loadTime        = 2 * time.Second // of one side in one round
	loadConnections = 32
)

// BenchmarkBalancer loads proxies in front of the same two backends with wrk, one after the other in each round.
func BenchmarkBalancer(b *testing.B) {
	ours := startBalancers(b)
	backends := []string{ours["web1"].address, ours["web2"].address}
	b.Run("http", func(b *testing.B) {
		compareProxies(b, []proxied{ours["go"], startNginx(b, backends), startHAProxy(b, "http", backends), startCaddy(b, backends)})
	})
	b.Run("strategy", func(b *testing.B) {
		compareProxies(b, []proxied{ours["go"], ours["score"], ours["pick"]})
	})
	b.Run("tcp", func(b *testing.B) {
		compareProxies(b, []proxied{ours["tcp"], startHAProxy(b, "tcp", backends)})
	})
}

// proxied is a process that serves HTTP at an address.
type proxied struct {
	name, address string
	pids          []int
	relay         int // the process that stands for the network behind it, 0 for none
}

// proxying is what a proxy has done, and what the relay has used for it.
type proxying struct {
	work
	relay time.Duration
}

// compareProxies reports requests per second and per second of the proxy's processor time, and the ratios of the first
// side to each other one.
func compareProxies(b *testing.B, sides []proxied) {
	var do []func() proxying
	for _, side := range sides {
		do = append(do, func() proxying {
			w, err := side.load(loadTime)
			if err != nil {
				b.Fatalf("%s: %v", side.name, err)
			}
			return w
		})
	}
	for _, side := range sides { // pools and caches fill
		if _, err := side.load(loadTime / 2); err != nil {
			b.Fatalf("%s: %v", side.name, err)
		}
	}
	done := rounds(b, do...)
	efficiency := func(w proxying) float64 { return w.amount / w.cpu.Seconds() }
	for i, side := range sides {
		report(b, done, side.name+"-req/cpu-s", func(w []proxying) float64 { return efficiency(w[i]) })
		report(b, done, side.name+"-req/s", func(w []proxying) float64 { return w[i].rate() })
		if side.relay > 0 {
			report(b, done, side.name+"-relay-us/req", func(w []proxying) float64 {
				return w[i].relay.Seconds() * 1e6 / w[i].amount
			})
		}
		if i > 0 {
			report(b, done, "cpu-x-"+side.name, func(w []proxying) float64 { return efficiency(w[0]) / efficiency(w[i]) })
			report(b, done, "x-"+side.name, func(w []proxying) float64 { return w[0].rate() / w[i].rate() })
		}
	}
}

var wrkRequests = regexp.MustCompile(`(\d+) requests in`)

// load runs wrk and measures what the proxy has used meanwhile.
func (p proxied) load(d time.Duration) (proxying, error) {
	before, relayBefore, err := p.processor()
	if err != nil {
		return proxying{}, err
	}
	began := time.Now()
	out, err := exec.Command("wrk", "-t1", fmt.Sprintf("-c%d", loadConnections), fmt.Sprintf("-d%.0fs", d.Seconds()),
		"http://"+p.address+"/").CombinedOutput()
	if err != nil {
		return proxying{}, fmt.Errorf("wrk: %w: %s", err, out)
	}
	wall := time.Since(began)
	after, relayAfter, err := p.processor()
	if err != nil {
		return proxying{}, err
	}
	if bytes.Contains(out, []byte("Non-2xx")) || bytes.Contains(out, []byte("Socket errors")) {
		return proxying{}, fmt.Errorf("not every request was answered:\n%s", out)
	}
	m := wrkRequests.FindSubmatch(out)
	if m == nil {
		return proxying{}, fmt.Errorf("wrk said:\n%s", out)
	}
	amount, err := strconv.ParseFloat(string(m[1]), 64)
	return proxying{work{amount, wall, after - before}, relayAfter - relayBefore}, err
}

// processor is the time that the proxy has used, and its relay.
func (p proxied) processor() (proxy, behind time.Duration, err error) {
	for _, pid := range p.pids {
		used, err := (&relay{pid: pid}).processor()
		if err != nil {
			return 0, 0, err
		}
		proxy += used
	}
	if p.relay > 0 {
		behind, err = (&relay{pid: p.relay}).processor()
	}
	return proxy, behind, err
}

// startBalancers keeps testdata/balancers.star up and finds the process of each node by the port it listens on.
func startBalancers(b *testing.B) map[string]proxied {
	b.Helper()
	path := filepath.Join(b.TempDir(), "lab")
	compile := exec.Command("go", "build", "-o", path, "./cmd/lab")
	compile.Dir = "../.." // with the dependencies of that module, not of this one
	if out, err := compile.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	cmd := exec.Command(path, "up", "testdata/balancers.star")
	cmd.Stderr = os.Stderr
	output, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil {
			b.Errorf("lab up: %v", err)
		}
	})
	nodes := map[string]proxied{}
	row := regexp.MustCompile(`^\s+(\w+)\s+(?:balancer|http-backend)\s.*tcp (\S+)`)
	lines := bufio.NewScanner(output)
	for lines.Scan() && !strings.Contains(lines.Text(), "Ctrl-C") {
		if m := row.FindStringSubmatch(lines.Text()); m != nil {
			nodes[m[1]] = proxied{m[1], m[2], []int{listener(b, m[2])}, cmd.Process.Pid}
		}
	}
	if len(nodes) != 6 {
		b.Fatalf("lab up shows %d of 6 nodes", len(nodes))
	}
	go func() { _, _ = io.Copy(io.Discard, output) }()
	return nodes
}

// listener is the process that listens on the TCP address.
func listener(b *testing.B, address string) int {
	b.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		b.Fatal(err)
	}
	ip := net.ParseIP(host).To4()
	number, err := strconv.Atoi(port)
	if err != nil {
		b.Fatal(err)
	}
	const listening = "0A"
	local := fmt.Sprintf("%02X%02X%02X%02X:%04X", ip[3], ip[2], ip[1], ip[0], number)
	table, err := os.ReadFile("/proc/net/tcp")
	if err != nil {
		b.Fatal(err)
	}
	for _, line := range strings.Split(string(table), "\n") {
		f := strings.Fields(line)
		if len(f) < 10 || f[1] != local || f[3] != listening {
			continue
		}
		links, _ := filepath.Glob("/proc/[0-9]*/fd/*")
		for _, l := range links {
			if target, err := os.Readlink(l); err == nil && target == "socket:["+f[9]+"]" {
				pid, _ := strconv.Atoi(strings.Split(l, "/")[2])
				return pid
			}
		}
	}
	b.Fatalf("nobody listens on %s", address)
	return 0
}

func startNginx(b *testing.B, backends []string) proxied {
	address := unused(b)
	config := `daemon off; worker_processes 2; error_log stderr; pid %[1]s/pid;
events { worker_connections 1024; }
http {
	access_log off; keepalive_requests 1000000;
	client_body_temp_path %[1]s; proxy_temp_path %[1]s; fastcgi_temp_path %[1]s; uwsgi_temp_path %[1]s; scgi_temp_path %[1]s;
	upstream web { least_conn; server %[3]s; server %[4]s; keepalive 64; }
	server {
		listen %[2]s;
		location / { proxy_pass http://web; proxy_http_version 1.1; proxy_set_header Connection ""; }
	}
}
`
	return startPeer(b, "nginx", address, config, backends, func(file, dir string) []string {
		return []string{"-c", file, "-p", dir}
	})
}

func startHAProxy(b *testing.B, mode string, backends []string) proxied {
	address := unused(b)
	config := `global
	nbthread 2
	# %[1]s
defaults
	mode ` + mode + `
	timeout connect 5s
	timeout client 60s
	timeout server 60s
frontend in
	bind %[2]s
	default_backend web
backend web
	balance leastconn
	server web1 %[3]s
	server web2 %[4]s
`
	return startPeer(b, "haproxy", address, config, backends, func(file, _ string) []string {
		return []string{"-f", file}
	})
}

func startCaddy(b *testing.B, backends []string) proxied {
	address := unused(b)
	config := `{
	admin off
	auto_https off
	storage file_system %[1]s
}
http://%[2]s {
	reverse_proxy %[3]s %[4]s {
		lb_policy least_conn
	}
}
`
	return startPeer(b, "caddy", address, config, backends, func(file, _ string) []string {
		return []string{"run", "--adapter", "caddyfile", "--config", file}
	})
}

// startPeer starts a proxy of Debian's, if it is there.
func startPeer(b *testing.B, name, address, config string, backends []string, args func(file, dir string) []string) proxied {
	b.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		b.Fatalf("%v: this benchmark wants nginx, haproxy, caddy and wrk as Debian has them", err)
	}
	dir := b.TempDir()
	if err := os.Chmod(dir, 0o777); err != nil {
		b.Fatal(err)
	}
	file := filepath.Join(dir, "config")
	text := fmt.Sprintf(config, dir, address, backends[0], backends[1])
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, args(file, dir)...)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was told to end
	})
	if !answers(address) {
		stop()
		_ = cmd.Wait()
		b.Fatalf("%s does not answer within %v:\n%s", name, patience, said.String())
	}
	return proxied{name: name, address: address, pids: append(children(cmd.Process.Pid), cmd.Process.Pid)}
}

// answers waits until somebody accepts connections there.
func answers(address string) bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for began := time.Now(); time.Since(began) < patience; <-tick.C {
		if c, err := net.Dial("tcp4", address); err == nil {
			c.Close()
			return true
		}
	}
	return false
}

// children are the processes that a process has started.
func children(pid int) []int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	var all []int
	for _, field := range strings.Fields(string(text)) {
		if child, err := strconv.Atoi(field); err == nil {
			all = append(all, child)
		}
	}
	return all
}
