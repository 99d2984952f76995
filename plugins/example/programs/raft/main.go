// Raft is a node of a cluster of hashicorp/raft, over that library's own TCP transport. Its log is a file (journal.go).
// Its timeouts are the defaults of lab's kind raft, so that the two can be compared.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/raft"

	"github.com/netlab-dev/netlab/plugins/example/programs/control"
)

// patience is after how long without a leader a follower asks for votes at the earliest, and at the latest after twice that.
const patience = 150 * time.Millisecond

func main() {
	j, err := openJournal("/raft.log")
	if err != nil {
		log.Fatal(err)
	}
	r, err := start(os.Getenv("NODE"), strings.Split(os.Getenv("PEERS"), ","), j)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(control.Serve(map[string]control.Answer{
		"status": func(map[string]any) (any, error) {
			return status{strings.ToLower(r.State().String()), r.CurrentTerm(), r.CommitIndex(), r.AppliedIndex()}, nil
		},
		"propose": func(args map[string]any) (any, error) {
			command, _ := args["command"].(string)
			f := r.Apply([]byte(command), 0)
			err := f.Error() // waits
			return proposed{f.Index()}, err
		},
		"log": func(args map[string]any) (any, error) {
			low, _ := args["low"].(float64)
			high, _ := args["high"].(float64)
			return j.entries(uint64(low), uint64(high))
		},
	}))
}

type proposed struct {
	Index uint64 `json:"index"`
}

type status struct {
	Role    string `json:"role"`
	Term    uint64 `json:"term"`
	Commit  uint64 `json:"commit"`
	Applied uint64 `json:"applied"`
}

// start joins the cluster of this node and its peers.
func start(me string, peers []string, j *journal) (*raft.Raft, error) {
	transport, err := raft.NewTCPTransport(string(address(me)), nil, 3, time.Second, os.Stderr)
	if err != nil {
		return nil, err
	}
	leads := make(chan bool)
	c := raft.DefaultConfig()
	c.LocalID, c.NotifyCh, c.LogLevel = raft.ServerID(me), leads, "ERROR"
	c.HeartbeatTimeout, c.ElectionTimeout, c.LeaderLeaseTimeout = patience, patience, patience
	snapshots := raft.NewDiscardSnapshotStore()
	known, err := raft.HasExistingState(j, j, snapshots)
	if err == nil && !known {
		err = raft.BootstrapCluster(c, j, j, snapshots, transport, cluster(append(peers, me)))
	}
	if err != nil {
		return nil, err
	}
	r, err := raft.NewRaft(c, machine{}, j, j, snapshots, transport)
	go func() {
		for led := range leads { // unbuffered: raft waits here, so the term is still that of the election
			if led {
				fmt.Println("@lab became_leader", r.CurrentTerm())
			}
		}
	}()
	return r, err
}

func address(node string) raft.ServerAddress { return raft.ServerAddress(node + ":7000") }

func cluster(nodes []string) (c raft.Configuration) {
	for _, node := range nodes {
		c.Servers = append(c.Servers, raft.Server{ID: raft.ServerID(node), Address: address(node)})
	}
	return c
}

// machine is replicated by the log, which is all that is asked about.
type machine struct{}

func (machine) Apply(*raft.Log) any { return nil }

func (machine) Snapshot() (raft.FSMSnapshot, error) { return nil, errors.New("no snapshots are made") }

func (machine) Restore(io.ReadCloser) error { return errors.New("no snapshots are made") }
