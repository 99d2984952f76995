package engine

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/value"
	"github.com/netlab-dev/netlab/sdk/wire"
)

func fixed(d time.Duration) link.Draw { return link.Draw{A: d} }

// four is a topology of n1 to n4, n3 of them crashed and n4 paused.
func four(t *testing.T) *topology {
	t.Helper()
	top := newTopology(func(kind string) bool { return kind == "echo" })
	var changes []Change
	for i := range 4 {
		changes = append(changes, AddNode{Name: fmt.Sprintf("n%d", i+1), Kind: "echo"})
	}
	mustApply(t, top, append(changes, Crash{Node: "n3"}, Pause{"n4"})...)
	return top
}

func mustApply(t *testing.T, top *topology, changes ...Change) []step {
	t.Helper()
	steps, err := top.apply(changes)
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

// told writes steps as the tests compare them.
func told(steps []step) []string {
	names := map[verb]string{
		setDefault: "default", setProfile: "profile", addEffect: "lay", removeEffect: "lift", resetStreams: "reset", startNode: "start", crashNode: "crash", pauseNode: "pause",
		resumeNode: "resume",
	}
	var lines []string
	for _, s := range steps {
		switch text := names[s.verb]; {
		case s.onNode():
			lines = append(lines, fmt.Sprintf("%s %s#%d", text, s.node.name, s.node.incarnation))
		case s.verb == setDefault:
			lines = append(lines, fmt.Sprintf("%s %v loss %v", text, s.profile.Latency.A, s.profile.Loss))
		case s.verb == setProfile:
			lines = append(lines, fmt.Sprintf("%s %s %v loss %v", text, s.link, s.profile.Latency.A, s.profile.Loss))
		case s.verb == resetStreams:
			lines = append(lines, fmt.Sprintf("%s %s", text, s.link))
		default:
			lines = append(lines, fmt.Sprintf("%s %d on %s by %d", text, s.effect, s.link, s.fault))
		}
	}
	return lines
}

func TestPatchesWinFieldByFieldAndHealingTakesBackItsOwn(t *testing.T) {
	top := four(t)
	pair := Pair{"n1", "n2"}
	stages := []struct {
		change Change
		want   []string
	}{
		{SetDefault{Patch{"latency": fixed(time.Millisecond)}}, []string{"default 1ms loss 0"}},
		{SetLink{1, []Pair{pair}, Patch{"loss": 0.5}}, []string{"profile n1 -> n2 1ms loss 0.5", "lay 0 on n1 -> n2 by 1"}},
		{SetLink{2, []Pair{pair, pair}, Patch{"latency": fixed(time.Second)}},
			[]string{"profile n1 -> n2 1s loss 0.5", "lay 0 on n1 -> n2 by 2"}},
		{SetLink{3, []Pair{pair}, Patch{"loss": 0.0}}, []string{"profile n1 -> n2 1s loss 0", "lay 0 on n1 -> n2 by 3"}},
		{SetDefault{Patch{"loss": 0.1, "latency": fixed(2 * time.Millisecond)}},
			[]string{"default 2ms loss 0.1", "profile n1 -> n2 1s loss 0"}},
		{Heal{2}, []string{"profile n1 -> n2 2ms loss 0", "lift 0 on n1 -> n2 by 2"}},
		{Heal{3}, []string{"profile n1 -> n2 2ms loss 0.5", "lift 0 on n1 -> n2 by 3"}},
		{Heal{3}, nil},
		{Heal{1}, []string{"profile n1 -> n2 2ms loss 0.1", "lift 0 on n1 -> n2 by 1"}},
		{SetDefault{Patch{"loss": 0.0}}, []string{"default 2ms loss 0", "profile n1 -> n2 2ms loss 0"}},
	}
	for i, stage := range stages {
		if diff := cmp.Diff(stage.want, told(mustApply(t, top, stage.change))); diff != "" {
			t.Errorf("stage %d, %+v: %s", i+1, stage.change, diff)
		}
	}
}

// A script may change a link every millisecond. What that costs is CPU time: other work on the machine moves it little.
func TestThousandsOfPatchesOfOneLinkCostLittle(t *testing.T) {
	top, links, before := four(t), []Pair{{"n1", "n2"}}, processTime(t)
	for i := range 2000 {
		mustApply(t, top, SetLink{Fault: FaultID(i + 1), Links: links, Patch: Patch{"latency": fixed(time.Duration(i))}})
	}
	if got := top.profile(links[0]).Latency; got != fixed(1999) {
		t.Errorf("the latency is %v, want the latest", got)
	}
	if took := processTime(t) - before; took > 3*time.Second {
		t.Errorf("2000 changes took %v of CPU time", took)
	}
}

// The peers of n nodes that are added together are n*n names.
func TestPeersCostNoAllocationEach(t *testing.T) {
	const n = 200
	var changes []Change
	for i := range n {
		changes = append(changes, AddNode{Name: fmt.Sprintf("n%d", i), Kind: "echo", Peers: slices.Repeat([]string{"n0"}, n)})
	}
	cost := testing.AllocsPerRun(1, func() { mustApply(t, newTopology(func(string) bool { return true }), changes...) })
	if cost > 20*n {
		t.Errorf("%v allocations to add %d nodes with as many peers each", cost, n)
	}
}

func processTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

func TestCutsAddUpAndEachHealTakesBackItsOwn(t *testing.T) {
	top := four(t)
	got := told(mustApply(t, top,
		Cut{1, []Pair{{"n2", "n1"}, {"n1", "n2"}, {"n2", "n1"}}}, Cut{2, []Pair{{"n1", "n2"}}}, Cut{1, []Pair{{"n1", "n2"}}},
		Heal{1}, Heal{2}))
	want := []string{
		"lay 1 on n1 -> n2 by 1", "lay 1 on n2 -> n1 by 1", "lay 1 on n1 -> n2 by 2",
		"lift 1 on n1 -> n2 by 1", "lift 1 on n2 -> n1 by 1", "lift 1 on n1 -> n2 by 2",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestLinksChangeBeforeNodesOfTheSameInstant(t *testing.T) {
	top := four(t)
	steps := mustApply(t, top, Crash{Node: "n1"}, Cut{1, []Pair{{"n1", "n2"}}}, Restart{Node: "n1"}, Reset{"n2", "n4"})
	linksFirst(steps)
	want := []string{"lay 1 on n1 -> n2 by 1", "reset n2 -> n4", "crash n1#0", "start n1#1"}
	if diff := cmp.Diff(want, told(steps)); diff != "" {
		t.Error(diff)
	}
}

func TestAMistakeIsToldWithAHint(t *testing.T) {
	tests := []struct {
		changes    []Change
		text, hint string
	}{
		{[]Change{Cut{1, []Pair{{"n1", "n9"}}}}, `cut n1 -> n9: no node "n9"`, "nodes are n1, n2, n3, n4"},
		{[]Change{SetLink{1, []Pair{{"n1", "nn1"}}, Patch{}}}, `link n1 -> nn1: no node "nn1"`, `did you mean "n1"?`},
		{[]Change{Cut{1, []Pair{{"n1", "n1"}}}}, "cut n1 -> n1: a node has no link to itself", "name two different nodes"},
		{[]Change{Refuse{1, []Pair{{"n1", "n9"}}}}, `refuse n1 -> n9: no node "n9"`, "nodes are n1, n2, n3, n4"},
		{[]Change{Crash{Node: "n3"}}, "crash n3: it is crashed", "only a node that is running or paused can be told to crash"},
		{[]Change{Crash{Node: "n1"}, Crash{Node: "n1"}}, "crash n1: it is crashed",
			"only a node that is running or paused can be told to crash"},
		{[]Change{Restart{Node: "n1"}}, "restart n1: it is running", "only a node that is crashed can be told to restart"},
		{[]Change{Restart{Node: "n4"}}, "restart n4: it is paused", "only a node that is crashed can be told to restart"},
		{[]Change{Pause{"n4"}}, "pause n4: it is paused", "only a node that is running can be told to pause"},
		{[]Change{Resume{"n1"}}, "resume n1: it is running", "only a node that is paused can be told to resume"},
		{[]Change{Resume{"x"}}, `resume x: no node "x"`, "nodes are n1, n2, n3, n4"},
		{[]Change{AddNode{Name: "n1", Kind: "echo"}}, `node "n1" exists already`,
			"give it another name"},
		{[]Change{AddNode{Name: "a/b", Kind: "echo"}}, `node "a/b": not a name for a node`,
			"up to 63 letters, digits, _ . and -, the first a letter, a digit or _"},
		{[]Change{AddNode{Name: strings.Repeat("a", 1000), Kind: "echo"}}, `node "` + strings.Repeat("a", 100) + `": not a name for a node`,
			"up to 63 letters, digits, _ . and -, the first a letter, a digit or _"},
		{[]Change{AddNode{Name: "n5", Kind: "ecko"}}, `node "n5": no kind "ecko"`, "load the plugin that serves it"},
		{[]Change{AddNode{Name: "n5", Kind: "echo", Peers: []string{"n6"}}}, `peers of n5: no node "n6"`,
			"nodes are n1, n2, n3, n4, n5"},
		{[]Change{Heal{7}}, "heal: no fault 7", ""},
		{[]Change{SetDefault{Patch{"loss": 1.5}}}, "network: loss is 1.5, want a probability from 0 to 1", ""},
		{[]Change{SetLink{1, []Pair{{"n1", "n2"}, {"n2", "n1"}}, Patch{"loss": -1.0}}},
			"link n1 -> n2 and 1 more: loss is -1, want a probability from 0 to 1", ""},
	}
	for _, tt := range tests {
		_, err := four(t).apply(tt.changes)
		if diff := cmp.Diff(&trouble.Error{Text: tt.text, Hint: tt.hint}, err); diff != "" {
			t.Errorf("%+v: %s", tt.changes, diff)
		}
	}
}

func TestChangesApplyAllOrNothing(t *testing.T) {
	top := four(t)
	bad := []Change{
		AddNode{Name: "n5", Kind: "echo"}, Crash{Node: "n1"}, Cut{1, []Pair{{"n1", "n2"}}}, SetDefault{Patch{"loss": 0.5}},
		SetLink{2, []Pair{{"n1", "n2"}}, Patch{"loss": 1.0}}, Resume{"n2"},
	}
	if steps, err := top.apply(bad); err == nil || steps != nil {
		t.Fatalf("apply = %v, %v, want an error and no step", steps, err)
	}
	for _, change := range []Change{Crash{Node: "n5"}, Restart{Node: "n1"}, Heal{1}, Heal{2}} {
		if _, err := top.apply([]Change{change}); err == nil {
			t.Errorf("%+v is possible: a part of the refused changes was made", change)
		}
	}
	want := []string{"default 0s loss 0"}
	if diff := cmp.Diff(want, told(mustApply(t, top, SetDefault{}))); diff != "" {
		t.Error(diff)
	}
}

func TestEveryReplyHasItsOwnValueHoweverManyThereAre(t *testing.T) {
	var c calls
	for round := range 3 {
		for i := range int64(maxDecoded + 10) {
			id := c.add(Call{Node: "n1"}, 0)
			want := value.Fields{{Name: "i", Value: i}, {Name: "text", Value: strings.Repeat("x", int(i)*10)}}
			r := &wire.Reply{Call: int64(id), Value: wire.EncodeValue(want)}
			got, err := c.reply(r, 0)
			if err != nil || !cmp.Equal(want, got.Value) {
				t.Fatalf("round %d: got %v (%v), want %v", round, got.Value, err, want)
			}
		}
	}
	if len(c.decoded) > maxDecoded {
		t.Errorf("%d decoded values are kept, want at most %d", len(c.decoded), maxDecoded)
	}
	if _, err := c.reply(&wire.Reply{Call: 1, Value: []byte{0xff}}, 0); err == nil {
		t.Error("a value that is none was taken for one")
	}
}

func TestCallsOfDeadNodesAndDeadObjectsAreRefused(t *testing.T) {
	top := four(t)
	mustApply(t, top, Crash{Node: "n1"}, Restart{Node: "n1"})
	object := func(incarnation int) (c Call) {
		c.Node, c.Object.Node, c.Object.ID, c.Object.Incarnation = "n1", "n1", 1, incarnation
		return c
	}
	tests := []struct {
		call Call
		want string
	}{
		{Call{Node: "n2"}, ""},
		{Call{Node: "n3"}, "n3 is crashed"},
		{Call{Node: "n4"}, ""}, // paused: the call waits
		{Call{Node: "n5", Method: "get"}, `call of get: no node "n5"`},
		{object(1), ""},
		{object(0), "n1 restarted"},
	}
	for _, tt := range tests {
		if got := top.refuse(tt.call); got != tt.want {
			t.Errorf("refuse(%+v) = %q, want %q", tt.call, got, tt.want)
		}
	}
}

// picture is all that a topology holds, as text.
func picture(top *topology) string {
	text := fmt.Sprintln(top.names, top.base, top.faults, top.healed)
	for _, name := range top.names {
		text += fmt.Sprintln(*top.nodes[name])
	}
	for l, patches := range top.patches {
		if len(patches) == 0 {
			delete(top.patches, l)
		}
	}
	for name, faults := range top.clocks {
		if len(faults) == 0 {
			delete(top.clocks, name)
		}
	}
	return text + fmt.Sprintln(len(top.nodes), top.patches, top.clocks)
}

func TestAChangeThatFailsLeavesNothingOfThoseBeforeIt(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	one := func() Change {
		a, b := fmt.Sprintf("n%d", 1+random.IntN(6)), fmt.Sprintf("n%d", 1+random.IntN(6))
		id, links := FaultID(1+random.IntN(8)), []Pair{{a, b}, {b, a}}
		return []Change{
			AddNode{Name: a, Kind: "echo"}, Crash{Node: a}, Restart{Node: a, Config: value.Fields{{Name: "x", Value: b}}}, Pause{a},
			Resume{a}, SetDefault{Patch{"latency": fixed(time.Duration(random.IntN(9)))}}, SetLink{id, links, Patch{"loss": 0.5}},
			Cut{id, links}, Refuse{id, links}, Heal{id}, Reset{a, b}, SetClock{id, a, 2, time.Second},
		}[random.IntN(12)]
	}
	for range 40 {
		top := four(t)
		for range 200 {
			before := picture(top)
			if _, err := top.apply([]Change{one(), one(), one(), one()}); err == nil {
				continue
			}
			if after := picture(top); after != before {
				t.Fatalf("changes that were refused have left (- before, + after):\n%s", cmp.Diff(before, after))
			}
		}
	}
}
