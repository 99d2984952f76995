package raft

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/plugins/raft/kv"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/sdktest"
	"github.com/netlab-dev/netlab/sdk/sim"
)

// What scripts see of the store, with the defaults of the manifest and over the protocol of a host.
func TestScriptsCanUseTheStore(t *testing.T) {
	b := sdktest.NewBench(t, Plugin(), 1)
	names, servers := []string{"n1", "n2", "n3"}, []any{}
	for i, name := range names {
		b.Add(name, "raft", nil, append(append([]string{}, names[:i]...), names[i+1:]...)...)
		servers = append(servers, sdk.MakeAddr(name, 7000))
	}
	b.Add("c", "raft-client", sdk.Fields{{Name: "servers", Value: servers}})
	want := func(node, method string, args sdk.Fields, result string) {
		t.Helper()
		a := b.Call(node, method, args)
		got := fmt.Sprint(a.Value)
		if !a.OK {
			got = fmt.Sprintf("unknown %t: %s", a.Unknown, a.Error)
		}
		if got != result {
			t.Errorf("%s.%s: got %s, want %s", node, method, got, result)
		}
	}
	args := func(pairs ...any) (fields sdk.Fields) {
		for i := 0; i < len(pairs); i += 2 {
			fields = append(fields, sdk.Field{Name: pairs[i].(string), Value: pairs[i+1]})
		}
		return fields
	}
	want("c", "get", args("key", "x"), "[{value <nil>}]")
	want("c", "put", args("key", "x", "value", "a"), "<nil>")
	want("c", "get", args("key", "x"), "[{value a}]")
	want("c", "cas", args("key", "x", "old", "b", "new", int64(1)), "[{swapped false} {value a}]")
	want("c", "cas", args("key", "x", "old", "a", "new", int64(1)), "[{swapped true} {value 1}]")
	want("c", "cas", args("key", "y", "old", nil, "new", "first"), "[{swapped true} {value first}]")
	want("c", "incr", args("key", "x"), "[{value 2}]")
	want("c", "incr", args("key", "x", "by", int64(-5)), "[{value -3}]")
	want("c", "incr", args("key", "y"), `unknown false: the key holds "first", want an integer`)
	want("c", "put", args("key", "x", "value", nil),
		"unknown false: None cannot be stored: want text or an integer")
	want("c", "put", args("key", "x", "value", 1.5),
		"unknown false: value: want text or an integer, got 1.5 (float64)")
	want("c", "put", args("key", "", "value", "a"), "unknown false: the key is empty")
	want("c", "get", args("key", "x", "mode", "lock"), `unknown false: mode is "lock", want "log" or "stale"`)
	b.Run(time.Second)
	for _, name := range names {
		want(name, "read", args("key", "x", "mode", "stale"), "[{value -3}]")
	}
	want("c", "get", args("key", "x", "mode", "stale"), "[{value -3}]")
	leader, _ := b.Call("n1", "status", nil).Value.(sdk.Fields).Get("leader").(string)
	want(leader, "read", args("key", "x"), "[{value -3}]")
	want(leader, "read", args("key", "z"), "[{value <nil>}]")
	for _, name := range names {
		if name != leader {
			want(name, "read", args("key", "x"), fmt.Sprintf("unknown false: %s is not the leader; try %s", name, leader))
		}
	}
	want(leader, "propose", args("command", "x = 7"), "[{index 14} {term 1}]")
	want(leader, "log", args("low", int64(4), "high", int64(5)),
		`[[{index 4} {term 1} {command put("x", "a") #3.1}] [{index 5} {term 1} {command get("x")}]]`)
	want(leader, "log", args("low", int64(14)), `[[{index 14} {term 1} {command x = 7}]]`)
	want(leader, "log", args("high", int64(1)), `[[{index 1} {term 1} {command <nil>}]]`)
	want(leader, "log", args("low", int64(15)), `[]`)
}

// A log is answered whole or not at all: a script must not take a part for the whole.
func TestALogThatIsTooLongIsAskedForInParts(t *testing.T) {
	w := newWorld(t, 1, sim.Config{Seed: 1}, nil)
	w.agree("first")
	read := func(args LogArgs) string {
		entries, err := w.rafts["n1"].readLog(w.Node("n1"), args)
		if err != nil {
			return err.Error()
		}
		return fmt.Sprint(len(entries))
	}
	for range 200 {
		w.propose("n1", strings.Repeat("x", 50000))
	}
	w.pass(time.Second)
	want := "entries 1 to 202 are too many at once, which is 1000, or 8388608 bytes; ask for low = 1, high = 169"
	if got := read(LogArgs{Low: 1}); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := read(LogArgs{Low: 1, High: 169}) + " " + read(LogArgs{Low: 170, High: 1 << 63}); got != "169 33" {
		t.Errorf("in two parts: %s", got)
	}
	for range 1000 {
		w.propose("n1", "x")
	}
	w.pass(time.Second)
	if got := read(LogArgs{Low: 203}) + " " + read(LogArgs{Low: 202, High: 1201}); got != "1000 1000" {
		t.Errorf("as many as there may be: %s", got)
	}
	if got := read(LogArgs{Low: 202}); !strings.HasSuffix(got, "ask for low = 202, high = 1201") {
		t.Errorf("one too many: %s", got)
	}
}

// All that is in flight at once has a session of its own; a network that doubles everything doubles no effect.
func TestConcurrentChangesAreEachMadeOnce(t *testing.T) {
	const each = 30
	w := newWorld(t, 3, sim.Config{Seed: 2}, nil)
	w.SetDefault(link.Profile{Latency: link.NewFixed(5 * time.Millisecond), Duplicate: 1, Loss: 0.2})
	var done []*reply[Sum]
	for _, name := range []string{"c1", "c2"} {
		c := w.client(name)
		for range each {
			done = append(done, operate(w, name, func(e sdk.Env) (Sum, error) { return c.incr(e, IncrArgs{Key: "n", By: 1}) }))
		}
	}
	var sums []int64
	for _, d := range done {
		sum, err := finish(w, d)
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, sum.Value)
	}
	slices.Sort(sums)
	for i, sum := range sums {
		if sum != int64(i)+1 {
			t.Fatalf("the sums are %v", sums)
		}
	}
	w.check()
}

func TestAClientHasOneSessionAndTellsWhatIsTooMuch(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 3}, nil)
	c := w.client("c1")
	put := func(e sdk.Env) (bool, error) { return true, c.put(e, PutArgs{Key: "x", Value: "a"}) }
	var all []*reply[bool]
	for range kv.MaxResults + 1 {
		all = append(all, operate(w, "c1", put))
	}
	busy := 0
	for _, r := range all {
		switch _, err := finish(w, r); {
		case err == nil:
		case err.Error() == "busy: 128 changes are under way, at most 128" && !isUnknown(err):
			busy++
		default:
			t.Error(err)
		}
	}
	s := c.session
	if busy != 1 || s.sequence != kv.MaxResults || len(s.open) != 0 || s.changes != 0 || len(c.waiting) != 0 {
		t.Errorf("%d changes were refused; %+v, %d waiting", busy, s, len(c.waiting))
	}
	sessions := 0
	for _, command := range w.words(w.leader()) {
		if command == "open" {
			sessions++
		}
	}
	if sessions != 1 {
		t.Errorf("%d sessions were opened", sessions)
	}
}

// A retry before the first answer can be there costs nothing: the server knows what waits, and what is done.
func TestImpatienceMakesNoLongerLog(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 4}, nil)
	w.syncsTake(60 * time.Millisecond)
	c := w.client("c1")
	c.Retry = 10 * time.Millisecond
	put := func(e sdk.Env) (bool, error) { return true, c.put(e, PutArgs{Key: "x", Value: "a"}) }
	for range 5 {
		if _, err := finish(w, operate(w, "c1", put)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range uint64(5) {
		command := kv.Command{Op: kv.Put, Key: "x", New: kv.Text("a"), Session: c.session.number, Sequence: i + 1}
		if n := w.commands(w.leader(), command); n != 1 {
			t.Errorf("%s stands %d times in the log", command, n)
		}
	}
}

// entries puts a command into the log so many times.
func (w *world) entries(count int, c kv.Command) {
	for range count {
		call(w, w.leader(), func(r *Raft, e sdk.Env) (proposed, error) { return r.submit(e, c.Encode()) })
	}
	w.pass(time.Second)
}

// While all sessions are in use, who comes late is told so. A session that is long not used makes room: what becomes of
// its next command nobody can say; the one after has a new one.
func TestSessionsAreBounded(t *testing.T) {
	w := newWorld(t, 3, sim.Config{Seed: 5}, nil)
	early, late := w.client("c1"), w.client("c2")
	put := func(c *Client) func(e sdk.Env) (bool, error) {
		return func(e sdk.Env) (bool, error) { return true, c.put(e, PutArgs{Key: "x", Value: "a"}) }
	}
	if _, err := finish(w, operate(w, "c1", put(early))); err != nil {
		t.Fatal(err)
	}
	w.entries(kv.MaxSessions-1, kv.Command{Op: kv.Open})
	_, err := finish(w, operate(w, "c2", put(late)))
	if want := "opening a session: busy: all 1024 sessions are in use"; err == nil || isUnknown(err) || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	for range 3 {
		w.entries(4000, kv.Command{Op: kv.Get, Key: "x"})
	}
	if _, err := finish(w, operate(w, "c2", put(late))); err != nil {
		t.Errorf("when a session is not used for long: %v", err)
	}
	_, err = finish(w, operate(w, "c1", put(early)))
	if !isUnknown(err) || err.Error() != "the session has expired" {
		t.Errorf("a command of the session that made room: %v", err)
	}
	if _, err = finish(w, operate(w, "c1", put(early))); err != nil {
		t.Errorf("the one after: %v", err)
	}
}

// server adds a node that answers requests as the test says; nil is silence.
func (w *world) server(name string, answer func(q *request) *response) {
	w.run(name, func(e sdk.Env) error {
		messages, err := sdk.OpenMessages(e, 7000)
		if err != nil {
			return err
		}
		for {
			wire, err := messages.Receive(time.Time{})
			if err != nil {
				return err
			}
			q, err := decodeRequest(wire)
			if err != nil {
				return err
			}
			if a := answer(q); a != nil {
				a.id, a.asked = q.id, q.term
				typ, fields, payload := a.encode()
				if err := messages.Send(q.client, typ, fields, payload); err != nil {
					return err
				}
			}
		}
	})
}

// What a client says of a command that nobody has confirmed: failed only if no copy of it can have been taken.
func TestFailedIsSaidOnlyOfWhatNobodyCanHaveTaken(t *testing.T) {
	opened := func(q *request) *response {
		return &response{status: statusDone, leader: "s1", term: 1, result: kv.Result{Session: 1}}
	}
	elsewhere := func(leader string, term uint64) *response {
		return &response{status: statusElsewhere, leader: leader, term: term}
	}
	for name, tc := range map[string]struct {
		one, two func(q *request) *response // after the session has been opened
		unknown  bool
		want     string
		atOnce   bool
	}{
		"nobody answers": {
			one: func(*request) *response { return nil }, two: func(*request) *response { return nil },
			unknown: true, // s1 led when the session was opened
			want:    "no answer within 1s to a request that a server may have taken",
		},
		"the leader refuses for certain": {
			one:  func(*request) *response { return &response{status: statusRefused, term: 2} },
			two:  func(*request) *response { return nil },
			want: "no server took the request within 1s; s1:7000 knows of no leader",
		},
		"the leader is not sure": {
			one: func(*request) *response { return elsewhere("", 2) }, two: func(*request) *response { return elsewhere("", 2) },
			unknown: true,
			want:    "no answer within 1s to a request that a server may have taken",
		},
		"the leader is busy": {
			one:  func(*request) *response { return &response{status: statusBusy, leader: "s1", term: 1} },
			two:  func(*request) *response { return nil },
			want: "busy: the leader has max_uncommitted entries that are not committed, or no room for more messages", atOnce: true,
		},
		"it is lost": {
			one:  func(*request) *response { return &response{status: statusLost, term: 2} },
			two:  func(*request) *response { return nil },
			want: "no server took the request within 1s; s1:7000 knows of no leader",
		},
		"one leader is silent, the next refuses": {
			one: func(*request) *response { return nil },
			two: func(q *request) *response {
				if q.term == 2 {
					return &response{status: statusRefused, term: 2}
				}
				return elsewhere("s2", 2)
			},
			unknown: true,
			want:    "no answer within 1s to a request that a server may have taken",
		},
		"a leader that is none of the servers": {
			one:  func(*request) *response { return &response{status: statusRefused, leader: "s9", term: 2} },
			two:  func(*request) *response { return nil },
			want: "no server took the request within 1s; s9 is the leader, says s1:7000, and not among the servers",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, 0, sim.Config{Seed: 6}, nil)
			w.names = []string{"s1", "s2"}
			answers := map[string]func(*request) *response{
				"s1": func(q *request) *response {
					switch {
					case q.command.Op != kv.Open:
						return tc.one(q)
					case q.term == 1:
						return opened(q)
					}
					return elsewhere("s1", 1)
				},
				"s2": func(q *request) *response {
					if q.command.Op != kv.Open {
						return tc.two(q)
					}
					return elsewhere("s1", 1)
				},
			}
			for _, name := range w.names {
				w.server(name, answers[name])
			}
			c := w.client("c1")
			open := func(e sdk.Env) (kv.Command, error) {
				command := kv.Command{}
				s := c.useSession(e)
				err := c.number(e, s, &command, c.giveUp(e))
				s.end(command, false)
				return command, err
			}
			if _, err := finish(w, operate(w, "c1", open)); err != nil {
				t.Fatal(err)
			}
			c.patience = time.Second
			began := w.Now()
			put := func(e sdk.Env) (bool, error) { return true, c.put(e, PutArgs{Key: "x", Value: "a"}) }
			_, err := finish(w, operate(w, "c1", put))
			if err == nil || err.Error() != tc.want || isUnknown(err) != tc.unknown {
				t.Errorf("unknown %t, %v; want %t, %s", isUnknown(err), err, tc.unknown, tc.want)
			}
			if took := w.Now() - began; took != time.Second && !tc.atOnce {
				t.Errorf("took %v, want 1s", took)
			}
		})
	}
}
