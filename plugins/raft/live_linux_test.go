package raft

import (
	"fmt"
	"net/netip"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/plugins/raft/kv"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/live"
)

// sockets are nodes on the kernel's loopback network. Each sits at its own face, so that datagrams need no relay.
type sockets struct {
	t      *testing.T
	roster map[string]netip.Addr
}

func (s sockets) start(name string, peers []string, run func(sdk.Env) error) *live.Node {
	node := live.New(live.Config{
		Node: name, Peers: peers, Seed: 1, Address: live.RelayAddr(s.roster[name]), Directory: s.t.TempDir(),
		Names: func(a netip.Addr) (string, bool) {
			for name, address := range s.roster {
				if address == a {
					return name, true
				}
			}
			return "", false
		},
		Addresses: func(name string) (netip.Addr, bool) { a, known := s.roster[name]; return a, known },
	})
	var ended sync.WaitGroup
	ended.Go(func() { // what Run returns after Stop is a normal end
		if err := node.Run(run); err != nil {
			s.t.Errorf("%s: %v", name, err)
		}
	})
	s.t.Cleanup(func() {
		if err := node.Stop(10 * time.Second); err != nil {
			s.t.Error(err)
		}
		ended.Wait()
	})
	<-node.Ready()
	return node
}

// On real sockets tasks run in parallel: this is the test for the race detector.
func TestAClusterOnRealSocketsServesItsClients(t *testing.T) {
	s := sockets{t, map[string]netip.Addr{}}
	names := []string{"n1", "n2", "n3"}
	for i, name := range append(names, "c1") {
		s.roster[name] = netip.AddrFrom4([4]byte{127, byte(64 + os.Getpid()%128), 77, byte(i + 1)})
	}
	client := newClient()
	client.Retry = 100 * time.Millisecond
	rafts, nodes := map[string]*Raft{}, map[string]*live.Node{}
	for i, name := range names {
		r := ordinary()
		rafts[name] = r
		peers := append(append([]string{}, names[:i]...), names[i+1:]...)
		nodes[name] = s.start(name, peers, r.Run)
		client.Servers = append(client.Servers, sdk.MakeAddr(name, 7000))
	}
	c1 := s.start("c1", nil, client.Run)
	var tasks sync.WaitGroup
	for i := range 8 {
		tasks.Go(func() {
			for range 10 {
				if _, err := client.incr(c1, IncrArgs{Key: "n", By: 1}); err != nil {
					t.Errorf("incr: %v", err)
				}
				name := names[i%3]
				if _, err := rafts[name].read(nodes[name], ReadArgs{Key: "n", Mode: modeStale}); err != nil {
					t.Errorf("read: %v", err)
				}
				if _, err := rafts[name].readLog(nodes[name], LogArgs{}); err != nil {
					t.Errorf("log: %v", err)
				}
			}
		})
	}
	tasks.Wait()
	held, err := client.get(c1, ReadArgs{Key: "n", Mode: modeLog})
	if err != nil || fmt.Sprint(held.Value) != "80" {
		t.Errorf("n is %v, %v; want %v", held.Value, err, kv.Integer(80))
	}
}
