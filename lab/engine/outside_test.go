package engine_test

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/proxy"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/value"
)

func TestSomebodyFromOutsideTalksToANodeAtTheAddressThatIsTold(t *testing.T) {
	var mu sync.Mutex
	ports := map[string]netip.AddrPort{}
	e, err := open(newHost(t), true, engine.Options{
		Seed: seed,
		Port: func(node, network string, port int, real netip.AddrPort) {
			mu.Lock()
			defer mu.Unlock()
			ports[fmt.Sprint(node, " ", network, " ", port)] = real
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	s := stageOf(t, e, true)
	defer s.close()
	s.do(engine.SetDefault{Patch: engine.Patch{"latency": latency(time.Hour)}}) // of the links, which are not outside
	s.add("tcp-echo", nil, "tcp")
	s.add("udp-echo", nil, "udp")
	s.pass(time.Millisecond)
	mu.Lock()
	defer mu.Unlock()
	for port, network := range map[string]string{"tcp tcp 8080": "tcp", "udp udp 8081": "udp"} {
		real, known := ports[port]
		if !known {
			t.Fatalf("port %q was not told: %v", port, ports)
		}
		c, err := net.Dial(network, real.String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintln(c, "hello"); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(c).ReadString('\n'); line != "Echo: hello\n" {
			t.Errorf("%s: the echo is %q (%v)", network, line, err)
		}
	}
}

func TestSomebodyFromOutsideTakesPartAsANodeWithThePasswordOfTheRun(t *testing.T) {
	var endpoint, right string
	e, err := open(newHost(t), true, engine.Options{Seed: seed, Socks: func(a, p string) { endpoint, right = a, p }})
	if err != nil {
		t.Fatal(err)
	}
	s := stageOf(t, e, true)
	defer s.close()
	s.add("tcp-echo", nil, "tcp")
	s.add("probe", nil, "n1")
	s.pass(time.Millisecond)
	s.wantField(s.call("n1", "dial", "to", value.Addr("tcp:8080"), "name", "c"), "why", "") // the nodes know it
	for _, c := range []struct {
		password string
		want     bool
	}{{right, true}, {"lab", false}, {"", false}} {
		dialer, err := proxy.SOCKS5("tcp", endpoint, &proxy.Auth{User: "n1", Password: c.password}, proxy.Direct)
		if err != nil {
			t.Fatal(err)
		}
		conn, err := dialer.Dial("tcp", "tcp:8080")
		if (err == nil) != c.want {
			t.Errorf("with the password %q: %v", c.password, err)
		}
		if err != nil {
			continue
		}
		if _, err := fmt.Fprintln(conn, "hello"); err != nil {
			t.Error(err)
		}
		if line, err := bufio.NewReader(conn).ReadString('\n'); line != "Echo: hello\n" {
			t.Errorf("the echo is %q (%v)", line, err)
		}
		conn.Close()
	}
}

func TestANodeThatRunsIntoALimitOfTheMachineIsTheMachinesTrouble(t *testing.T) {
	s := newStage(t, newHost(t), true)
	s.add("probe", nil, "n1")
	s.begin("n1", "starve", nil)
	_, err := s.Run(s.Now()+patience, engine.Wake{})
	trouble, ok := err.(*trouble.Error)
	const want = "node n1 failed: listen tcp n1:8000: too many open files"
	if !ok || trouble.Text != want || trouble.Hint == "" {
		t.Errorf("run: %#v, want %q with a hint", err, want)
	}
}
