package raft

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/disk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sdktest"
	"github.com/netlab-dev/netlab/sdk/sim"
)

// What scripts see, with the defaults of the manifest and over the protocol of a host.
func TestScriptsCanElectProposeAndRead(t *testing.T) {
	b := sdktest.NewBench(t, Plugin(), 1)
	names := []string{"n1", "n2", "n3"}
	for i, name := range names {
		b.Add(name, "raft", nil, append(append([]string{}, names[:i]...), names[i+1:]...)...)
	}
	call := func(node, method string, args sdk.Fields) sdk.Fields {
		t.Helper()
		answer := b.Call(node, method, args)
		fields, ok := answer.Value.(sdk.Fields)
		if !answer.OK || !ok {
			t.Fatalf("%s.%s: %+v", node, method, answer)
		}
		return fields
	}
	b.Run(time.Second)
	leader, _ := call("n1", "status", nil).Get("leader").(string)
	if won := call(leader, "campaign", nil); won.Get("won") != true {
		t.Errorf("campaign of the leader: %+v", won)
	}
	at := call(leader, "propose", sdk.Fields{{Name: "command", Value: "x = 1"}})
	if at.Get("index") != int64(2) {
		t.Errorf("propose: %+v", at)
	}
	b.Run(time.Second)
	peers := "[]"
	for _, name := range names {
		if name != leader {
			peers = strings.TrimPrefix(peers, "[]") + fmt.Sprintf("[{node %s} {match 2} {next 3} {inflight 0} {state replicate}] ", name)
		}
	}
	s := call(leader, "status", nil)
	if got := fmt.Sprint(s.Get("peers")); got != "["+strings.TrimSpace(peers)+"]" || s.Get("durable") != int64(2) {
		t.Errorf("%+v, want peers %s", s, peers)
	}
	for _, name := range names {
		s := call(name, "status", nil)
		if role := s.Get("role"); s.Get("applied") != int64(2) || (role == "leader") != (name == leader) {
			t.Errorf("%s: %+v, the leader is %s", name, s, leader)
		}
	}
}

func TestAClusterElectsOneLeaderAndAgrees(t *testing.T) {
	for _, nodes := range []int{1, 3, 5, 7} {
		w := newWorld(t, nodes, sim.Config{Seed: 1}, nil)
		for i := range 20 {
			got := w.agree(fmt.Sprint("x = ", i))
			if want := uint64(i) + 2; got.Index != want { // index 1 is the leader's own
				t.Errorf("%d nodes: command %d stands at index %d, want %d", nodes, i, got.Index, want)
			}
		}
		w.pass(2 * time.Second)
		for _, name := range w.names {
			s, lead := w.status(name), w.status(w.leader())
			if s.Term != lead.Term || s.Leader != w.leader() || s.Applied != 21 {
				t.Errorf("%d nodes: %s is %+v, the leader %+v", nodes, name, s, lead)
			}
		}
		w.check()
	}
}

func TestAFollowerNamesTheLeader(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 2}, nil)
	early := w.propose("n1", "too early")
	w.await("an answer", func() bool { return early.done })
	if early.err == nil || early.err.Error() != "n1 is not the leader, and knows of none" {
		t.Errorf("before the election: error %v", early.err)
	}
	w.agree("x = 1")
	leader := w.leader()
	for _, name := range w.names {
		if name == leader {
			continue
		}
		r := w.propose(name, "x = 2")
		w.await("an answer", func() bool { return r.done })
		if want := name + " is not the leader; try " + leader; r.err == nil || r.err.Error() != want {
			t.Errorf("error %v, want %q", r.err, want)
		}
	}
}

func TestAnOversizedCommandIsRefusedWithTheLimit(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 2}, nil)
	w.agree(strings.Repeat("x", 59984))
	r := w.propose(w.leader(), strings.Repeat("x", 59985))
	w.await("an answer", func() bool { return r.done })
	if want := "command of 59985 bytes is larger than 59984"; r.err == nil || r.err.Error() != want {
		t.Errorf("error %v, want %q", r.err, want)
	}
}

// A command that an isolated leader took has an open outcome until the others have put something in its place.
func TestAnIsolatedLeadersProposalsAreLost(t *testing.T) {
	w := newWorld(t, 5, sim.Config{Seed: 3}, nil)
	w.agree("x = 1")
	old := w.leader()
	w.isolate(old)
	doomed := w.propose(old, "x = 2")
	w.pass(time.Second)
	if doomed.done {
		t.Fatalf("answered %+v while isolated", doomed)
	}
	if s := w.status(old); s.Role == "leader" {
		t.Errorf("%s still leads after a second alone", old)
	}
	after := w.propose(w.elect(), "x = 3")
	w.await("an answer of the new leader", func() bool { return after.done })
	if after.err != nil {
		t.Fatal(after.err)
	}
	w.heal()
	w.await("an answer of the old leader", func() bool { return doomed.done })
	if want := "lost: a later leader has committed entries, so index 3 of term 1 never will be"; doomed.err == nil || doomed.err.Error() != want {
		t.Errorf("error %v, want %q", doomed.err, want)
	}
	w.agree("x = 4")
	w.check()
}

// Crashes take what was not synced, of all nodes at once and in the middle of writes.
func TestAcknowledgedCommandsSurviveACrashOfAll(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 4}, nil)
	w.syncsTake(20 * time.Millisecond)
	var acknowledged Proposed
	for round := range 20 {
		acknowledged = w.agree(fmt.Sprint("round ", round))
		open := w.propose(w.leader(), "unfinished")
		w.pass(time.Duration(round) * 3 * time.Millisecond)
		for _, name := range w.names {
			w.Node(name).Crash()
		}
		if !open.done {
			t.Fatal("a call outlives its node")
		}
		for _, name := range w.names {
			w.start(name)
		}
		w.elect()
		w.await("everything acknowledged is applied again", func() bool {
			return w.status(w.leader()).Applied >= acknowledged.Index
		})
	}
	w.check()
}

func TestACommandIsAnsweredOnlyWhenAMajorityIsDurable(t *testing.T) {
	const sync = 40 * time.Millisecond
	w := newWorld(t, 3, sim.Config{Seed: 5}, nil)
	w.syncsTake(sync)
	w.agree("x = 1")
	w.pass(time.Second)
	began := w.Now()
	r := w.propose(w.leader(), "x = 2")
	w.await("an answer", func() bool { return r.done })
	// There and back takes 6 to 14 ms, and the follower's disk 40; the leader's own disk works meanwhile.
	if took := w.Now() - began; took < sync+6*time.Millisecond || took > sync+14*time.Millisecond {
		t.Errorf("took %v", took)
	}
}

func TestCampaignAnswersWhenTheElectionIsDecided(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 6}, func(r *Raft) {
		r.ElectionTimeout, r.PreVote, r.CheckQuorum = link.NewFixed(time.Hour), false, false
	})
	w.pass(10 * time.Second)
	won := call(w, "n2", (*Raft).campaign)
	if won.done {
		t.Fatal("answered before anybody could vote")
	}
	w.await("an answer", func() bool { return won.done })
	if got, want := won.value, (Campaigned{Won: true, Term: 1}); got != want || won.err != nil {
		t.Errorf("first campaign: %+v, %v, want %+v", got, won.err, want)
	}
	w.agree("x = 1")
	w.isolate("n3")
	w.agree("x = 2", "n3")
	w.heal()
	behind := call(w, "n3", (*Raft).campaign)
	w.await("an answer", func() bool { return behind.done })
	if behind.value.Won {
		t.Error("a node that missed a committed command has won")
	}
}

// Datagrams that are corrupted, lost, doubled and late do no harm beyond delay.
func TestABadNetworkOnlyDelays(t *testing.T) {
	for seed := range uint64(10) {
		w := newWorld(t, 5, sim.Config{Seed: seed}, nil)
		bad := lan
		bad.Loss, bad.Duplicate, bad.Reorder, bad.Corrupt = 0.1, 0.1, 0.1, 0.1
		w.SetDefault(bad)
		taken := 0
		for i := range 60 {
			if leader := w.leader(); leader != "" {
				r := w.propose(leader, fmt.Sprint("x = ", i))
				w.pass(50 * time.Millisecond)
				if r.done && r.err == nil {
					taken++
				}
			} else {
				w.pass(50 * time.Millisecond)
			}
		}
		if taken < 20 {
			t.Errorf("seed %d: only %d of 60 commands taken", seed, taken)
		}
		w.SetDefault(lan)
		w.agree("the end")
		w.check()
	}
}

func TestTheSameSeedIsTheSameRun(t *testing.T) {
	run := func(seed uint64) uint64 {
		w := newWorld(t, 5, sim.Config{Seed: seed}, nil)
		w.agree("x = 1")
		w.Node(w.leader()).Crash()
		w.agree("x = 2")
		w.pass(time.Second)
		return w.Digest()
	}
	for seed := range uint64(5) {
		if a, b := run(seed), run(seed); a != b {
			t.Errorf("seed %d: digests %016x and %016x", seed, a, b)
		}
	}
}

var errBroken = errors.New("medium error")

// broken is a backing whose writes fail once it is told to.
type broken struct {
	disk.Backing
	now *bool
}

type brokenFile struct {
	sdk.File
	now *bool
}

func (b broken) Open(name string) (sdk.File, error) {
	file, err := b.Backing.Open(name)
	return brokenFile{file, b.now}, err
}

func (f brokenFile) WriteAt(p []byte, at int64) (int, error) {
	if *f.now {
		return 0, errBroken
	}
	return f.File.WriteAt(p, at)
}

// A node whose disk fails cannot know what it has promised: it ends, and the others go on.
func TestANodeEndsWhenItsDiskFails(t *testing.T) {
	disks, fail := keeper{}, map[string]*bool{}
	w := newWorld(t, 3, sim.Config{Seed: 7, Disk: func(name string) disk.Backing {
		if fail[name] == nil {
			fail[name] = new(bool)
		}
		return broken{disks.open(name), fail[name]}
	}}, nil)
	w.agree("x = 1")
	leader := w.leader()
	*fail[leader] = true
	w.propose(leader, "x = 2")
	w.Run(w.Now()+time.Second, nil)
	failures := w.Failures()
	if len(failures) != 1 || failures[0].Node != leader || !errors.Is(failures[0].Err, errBroken) {
		t.Fatalf("failures %+v, want one of %s: %v", failures, leader, errBroken)
	}
	w.agree("x = 3")
}

func TestANodeRefusesToStartOverADamagedJournal(t *testing.T) {
	disks := keeper{}
	w := newWorld(t, 3, sim.Config{Seed: 8, Disk: disks.open}, nil)
	w.agree("x = 1")
	w.agree("x = 2")
	w.Node("n1").Crash()
	damage(t, disks.open("n1"), func(data []byte) []byte { data[recordHead] ^= 1; return data })
	w.start("n1")
	w.Run(w.Now()+time.Millisecond, nil)
	failures := w.Failures()
	if len(failures) != 1 || !strings.Contains(failures[0].Err.Error(), "is damaged although it was synced") {
		t.Errorf("failures %+v", failures)
	}
}

// Settings that cannot work are an error that says why.
func TestImpossibleSettingsAreRefused(t *testing.T) {
	w := sim.New(sim.Config{Seed: 9})
	t.Cleanup(w.Close)
	node, err := w.Add("n1", nil)
	if err != nil {
		t.Fatal(err)
	}
	r := ordinary()
	r.ElectionTimeout = link.NewFixed(50 * time.Millisecond)
	want := "heartbeat is 50ms, want more than nothing and less than the shortest election timeout, 50ms"
	if err := r.Validate(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if err := node.Start(r.Run); err != nil {
		t.Fatal(err)
	}
	w.Run(time.Millisecond, nil)
	want = "heartbeat 50ms is not shorter than the shortest election timeout 50ms"
	if f := w.Failures(); len(f) != 1 || !strings.Contains(f[0].Err.Error(), want) {
		t.Errorf("failures %+v, want %q", f, want)
	}
	if _, err := (&Raft{}).readStatus(sdk.Env(node)); err == nil {
		t.Error("a node that has not started tells its status")
	}
}

// At a resume nodes still have to do what was due in the pause. Two queries at that instant tell of one state, after it:
// the first answer was of the state before, and the run ended with the node blamed for a query that changes something.
func TestQueriesAtTheInstantOfAResumeAgree(t *testing.T) {
	b := sdktest.NewBench(t, Plugin(), 1)
	names := []string{"n1", "n2", "n3"}
	for i, name := range names {
		b.Add(name, "raft", nil, append(append([]string{}, names[:i]...), names[i+1:]...)...)
	}
	b.Run(time.Second)
	for _, name := range names {
		b.Pause(name)
	}
	b.Run(time.Second)
	for _, name := range names {
		b.Resume(name)
	}
	roles := func() (roles []any) {
		for _, name := range names {
			roles = append(roles, b.Call(name, "status", nil).Value.(sdk.Fields).Get("role"))
		}
		return roles
	}
	first, second := roles(), roles()
	if !reflect.DeepEqual(first, second) {
		t.Errorf("at one instant the roles are %v, then %v", first, second)
	}
	for _, f := range b.Failures() {
		t.Error(f)
	}
}
