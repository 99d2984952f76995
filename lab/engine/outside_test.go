package engine_test

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/engine"
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
	s.do(engine.SetDefault{Patch: engine.Patch{Latency: latency(time.Hour)}}) // of the links, which are not outside
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

func TestANodeThatRunsIntoALimitOfTheMachineIsTheMachinesTrouble(t *testing.T) {
	s := newStage(t, newHost(t), true)
	s.add("probe", nil, "n1")
	s.begin("n1", "starve", nil)
	_, err := s.Run(s.Now()+patience, engine.Wake{})
	trouble, ok := err.(*engine.Error)
	const want = "node n1 failed: listen tcp n1:8000: too many open files"
	if !ok || trouble.Text != want || trouble.Hint == "" {
		t.Errorf("run: %#v, want %q with a hint", err, want)
	}
}
