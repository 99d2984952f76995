package core_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/plugins/raft/core"
)

func sizeOf(m core.Message) (bytes int) {
	for _, e := range m.Entries {
		bytes += core.EntrySize(len(e.Data))
	}
	return bytes
}

// mtu lets no message with more bytes of entries through.
func mtu(limit int) func(core.Message) []time.Duration {
	return func(m core.Message) []time.Duration {
		if sizeOf(m) > limit {
			return nil
		}
		return []time.Duration{5 * time.Millisecond}
	}
}

// line is the links of a cluster: each carries so many bytes a millisecond, and drops what its queue has no room for.
func (w *cluster) line(rate, queue int) func(core.Message) []time.Duration {
	free := map[[2]core.ID]time.Duration{}
	return func(m core.Message) []time.Duration {
		link, size := [2]core.ID{m.From, m.To}, 80+sizeOf(m)
		waiting := max(free[link]-w.now, 0)
		if int(waiting/time.Millisecond)*rate+size > queue {
			return nil
		}
		free[link] = w.now + waiting + time.Duration(size)*time.Millisecond/time.Duration(rate)
		return []time.Duration{free[link] - w.now + 5*time.Millisecond}
	}
}

// resolve proposes so many commands at once and waits until all have a result.
func (w *cluster) resolve(t *testing.T, leader *node, count, size int, within time.Duration) {
	t.Helper()
	commands := make([]string, count)
	for i := range commands {
		commands[i] = fmt.Sprintf("%d %s", i, strings.Repeat("y", size))
	}
	before := len(leader.outcomes)
	w.propose(leader, commands...)
	if !w.run(w.now+within, func() bool { return len(leader.outcomes) == before+count }) {
		t.Fatalf("%d of %d proposals have a result within %v", len(leader.outcomes)-before, count, within)
	}
}

func TestNoSizeOfMessagesStopsAHealthyCluster(t *testing.T) {
	paths := map[string]func(*cluster) func(core.Message) []time.Duration{}
	for _, limit := range []int{70, 200, 576, 1500, 9000} {
		paths[fmt.Sprint("mtu ", limit)] = func(*cluster) func(core.Message) []time.Duration { return mtu(limit) }
	}
	for _, queue := range []int{500, 1500, 64000} {
		for _, rate := range []int{25, 125, 12500} {
			paths[fmt.Sprintf("queue %d rate %d", queue, rate)] = func(w *cluster) func(core.Message) []time.Duration {
				return w.line(rate, queue)
			}
		}
	}
	for name, path := range paths {
		t.Run(name, func(t *testing.T) {
			w := seeded(3, 1)
			leader := w.elect(t, 3*time.Second)
			term := leader.core.Status().Term
			w.fate = path(w)
			w.resolve(t, leader, 64, 50, 5*time.Second)
			if now := leader.core.Status(); now.Term != term || now.Commit < 65 {
				t.Errorf("%+v, want all committed in term %d", now, term)
			}
		})
	}
}

// What is sent in smaller messages after a loss is sent in larger ones again.
func TestMessagesGrowAgain(t *testing.T) {
	w := seeded(3, 2)
	leader := w.elect(t, 3*time.Second)
	w.fate = mtu(200)
	w.resolve(t, leader, 64, 50, 5*time.Second)
	w.fate = nil
	w.run(w.now+5*time.Second, nil)
	w.resolve(t, leader, 2000, 50, 5*time.Second)
	largest := 0
	w.fate = func(m core.Message) []time.Duration {
		largest = max(largest, sizeOf(m))
		return []time.Duration{5 * time.Millisecond}
	}
	w.resolve(t, leader, 2000, 50, 5*time.Second)
	if largest < 8000 {
		t.Errorf("the largest message has %d bytes of entries", largest)
	}
}

// Nothing that is sent after it could arrive without it, so it is taken back and told, and all goes on.
func TestAnEntryTooLargeForTheNetworkIsTold(t *testing.T) {
	for _, size := range []int{2000, 50000} {
		w := seeded(3, 3)
		leader := w.elect(t, 3*time.Second)
		w.fate = mtu(1500)
		w.resolve(t, leader, 1, size, 3*time.Second)
		w.elect(t, 3*time.Second)
		w.resolve(t, w.leader(), 3, 10, time.Second)
		got := leader.outcomes[0]
		if want := "is too large for the network"; got.Outcome != core.Lost || !strings.Contains(fmt.Sprint(got.Err), want) {
			t.Errorf("%d bytes: %v %v, want lost: %s", size, got.Outcome, got.Err, want)
		}
	}
}

// Whoever led in its term may have committed it, so a later leader keeps it, however large.
func TestAnEntryOfAnOldTermIsNotTakenBack(t *testing.T) {
	w := seeded(3, 3)
	old := w.elect(t, 3*time.Second)
	w.fate = mtu(1500)
	w.propose(old, strings.Repeat("y", 2000))
	w.run(w.now+50*time.Millisecond, nil)
	w.crash(old, 0)
	w.start(old)
	for old.core.Status().Role != core.Leader {
		w.step(old, core.Input{Kind: core.Campaign})
		w.run(w.now+200*time.Millisecond, nil)
	}
	w.run(w.now+3*time.Second, nil)
	if now := old.core.Status(); now.Role != core.Leader || now.Last != 3 {
		t.Errorf("%+v, want a leader with 3 entries", now)
	}
}

// 2000 proposals, 64 at a time, over links that reorder and lose nothing.
func TestEachEntryTravelsAboutOnce(t *testing.T) {
	for _, jitter := range []time.Duration{200 * time.Microsecond, time.Millisecond, 4 * time.Millisecond} {
		w := seeded(3, 4)
		leader := w.elect(t, 3*time.Second)
		rng, sent := rand.New(rand.NewPCG(4, 4)), 0
		w.fate = func(m core.Message) []time.Duration {
			sent += len(m.Entries)
			return []time.Duration{5*time.Millisecond + time.Duration(rng.Int64N(int64(2*jitter))) - jitter}
		}
		offered, done := 0, len(leader.outcomes)
		enough := func() bool {
			for ; offered < 2000 && offered-len(leader.outcomes)+done < 64; offered++ {
				w.propose(leader, fmt.Sprint("command ", offered))
			}
			return len(leader.outcomes)-done == 2000
		}
		enough()
		if !w.run(w.now+10*time.Second, enough) {
			t.Fatalf("%v: %d of 2000 committed", jitter, len(leader.outcomes)-done)
		}
		if times := float64(sent) / 4000; times > 1.1 {
			t.Errorf("%v: each entry was sent %.2f times to each of two peers", jitter, times)
		}
	}
}

// More than a leader may have open is refused at once, and taken again later.
func TestALeaderWithTooManyOpenEntriesIsBusy(t *testing.T) {
	w := newCluster(3, func(cfg *core.Config) { cfg.MaxUncommitted = 10 })
	leader := w.elect(t, 3*time.Second)
	w.resolve(t, leader, 15, 10, time.Second)
	busy := 0
	for _, r := range leader.outcomes {
		if r.Outcome == core.Refused {
			busy++
			if want := "busy: 10 entries are not committed yet, at most 10"; r.Err.Error() != want {
				t.Errorf("got %v, want %s", r.Err, want)
			}
		}
	}
	if busy != 5 {
		t.Errorf("%d of 15 proposals were refused, want 5", busy)
	}
	w.resolve(t, leader, 1, 10, time.Second)
}

// A follower that hears of two leaders in one term says so, and follows the first.
func TestTwoLeadersInOneTermAreToldByAFollower(t *testing.T) {
	c := alone(t, core.Durable{Term: 4})
	for _, from := range []core.ID{2, 3} {
		m := core.Message{Type: core.Append, From: from, To: 1, Term: 5, Prev: 0,
			Entries: []core.Entry{{Index: 1, Term: 5, Data: []byte{byte(from)}}}}
		out := c.Step(0, core.Input{Kind: core.Receive, Message: m})
		told := []string{}
		for _, e := range out.Events {
			if e.Kind == core.Violated {
				told = append(told, fmt.Sprint(e.Reason, " ", e.Term, " ", e.Leaders))
			}
		}
		want := map[core.ID]string{2: "[]", 3: "[two leaders in one term 5 [2 3]]"}[from]
		if got := fmt.Sprint(told); got != want {
			t.Errorf("after an append of %s: %s, want %s", name(from), got, want)
		}
	}
	if log := c.Log(1, 9); len(log) != 1 || log[0].Data[0] != 2 {
		t.Errorf("the log is %v, want the entry of the first leader", log)
	}
}

// Two followers with paths of different sizes are stuck at different entries. What a quorum has is committed, and stays.
func TestACommittedEntryIsNeverTakenBack(t *testing.T) {
	w := seeded(3, 3)
	leader := w.elect(t, 3*time.Second)
	limits := map[core.ID]int{}
	for id := core.ID(1); id <= 3; id++ {
		if id != leader.id {
			limits[id] = []int{200, 1500}[len(limits)]
		}
	}
	w.fate = func(m core.Message) []time.Duration {
		if m.From == leader.id && sizeOf(m) > limits[m.To] {
			return nil
		}
		return []time.Duration{5 * time.Millisecond}
	}
	w.propose(leader, strings.Repeat("y", 500))
	w.run(w.now+200*time.Millisecond, nil)
	before := leader.core.Status()
	w.propose(leader, strings.Repeat("z", 3000))
	w.run(w.now+10*time.Second, nil) // the oracle looks at every step
	if after := leader.core.Status(); before.Commit < 2 || after.Last < before.Commit || after.Commit < before.Commit {
		t.Errorf("before the large entry %+v, after it %+v", before, after)
	}
}
