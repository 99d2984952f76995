package script

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/link"
)

// keepBoxes keeps three boxes up on a world, gives the commands all at once, and returns their answers and what was
// noticed. "nodes" is answered last.
func keepBoxes(t *testing.T, commands ...string) (answers map[string]string, noticed []string) {
	t.Helper()
	ctx, end := context.WithTimeout(t.Context(), time.Minute)
	defer end()
	answers = map[string]string{}
	queue := make(chan Command, len(commands)+1)
	left := len(commands)
	ask := func(text string, then func()) {
		queue <- Command{Words: strings.Fields(text), Answer: func(answer string, err error) {
			if err != nil {
				answer = "error: " + err.Error()
			}
			answers[text] = answer
			then()
		}}
	}
	for _, text := range commands {
		ask(text, func() {
			if left--; left == 0 {
				ask("nodes", end)
			}
		})
	}
	all, err := loadText(t, "def test_x(lab):\n    lab.add(\"box\", name = \"b\", count = 3)\n").Experiments(nil)
	if err != nil {
		t.Fatal(err)
	}
	ended := Run(ctx, all[0], newWorld(), RunOptions{Engine: "live", Kinds: boxes(t), Keep: &Keeper{
		Up: func([]NodeInfo) {}, Commands: queue, Notice: func(text string) { noticed = append(noticed, text) },
	}})
	if ended.Error.Class != trouble.Interrupted {
		t.Errorf("the run has ended with %v, want by its context", ended.Error)
	}
	return answers, noticed
}

func TestNodesThatFailTogetherTakeNoAnswerAlong(t *testing.T) {
	answers, noticed := keepBoxes(t, "die b1 timeout=1s", "die b2 timeout=1s", "echo b3 value=7")
	if got := answers["echo b3 value=7"]; got != "7\n" {
		t.Errorf("echo answered %q", got)
	}
	nodes := answers["nodes"]
	for _, want := range []string{"b1  box  b1:80  crashed", "b2  box  b2:80  crashed", "b3  box  b3:80  running"} {
		if !strings.Contains(nodes, want) {
			t.Errorf("no %q among the nodes:\n%s", want, nodes)
		}
	}
	if want := []string{"node b1 failed: boom", "node b2 failed: boom"}; !slices.Equal(noticed, want) {
		t.Errorf("noticed %q, want %q", noticed, want)
	}
}

func TestWhatALinkShowsIsWhatACommandSets(t *testing.T) {
	for _, want := range []link.Profile{
		{Latency: link.NewNormal(5*time.Millisecond, time.Millisecond), Rate: link.Mbit, Codel: link.DefaultCodel},
		{Jitter: link.NewFixed(20 * time.Microsecond), Queue: 64 << 10, MTU: 1400, Loss: 0.01, Corrupt: 1e-7},
		{Burst: link.Burst{Bad: 0.1, Good: 0.5, Loss: 1, Slot: link.DefaultSlot}, Reorder: 1},
		{Burst: link.Burst{Bad: 0.1, Good: 0.5, Loss: 0.25, Slot: 90 * time.Second}, Codel: link.Codel{Target: 3 * time.Microsecond, Limit: 1500}},
	} {
		text := strings.NewReplacer(", ", ",", " = ", "=").Replace(profileText(want))
		_, kwargs, err := new(run).arguments(strings.Fields(text), nil)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		patch, err := readPatch("link", kwargs)
		got := link.Profile{}
		for name, v := range patch {
			err = errors.Join(err, got.Set(name, v))
		}
		if err != nil || got != want {
			t.Errorf("%s is read as %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func TestAMistakeWithinAWordIsTold(t *testing.T) {
	const never = "network loss=burst(0.1,0)"
	answers, _ := keepBoxes(t, never, "network queue=codel(5ms,64KiB)")
	if got, want := answers[never], "error: burst(0.1, 0): good is 0, want more than 0"; !strings.HasPrefix(got, want) {
		t.Errorf("%s is answered by %q, want %q", never, got, want)
	}
	if got := answers["network queue=codel(5ms,64KiB)"]; strings.Contains(got, "error") {
		t.Errorf("a codel is answered by %q", got)
	}
}

func TestTheTCPInForceIsShownAndNotChanged(t *testing.T) {
	answers, _ := keepBoxes(t, "tcp b1,b2 nagle=true", "tcp b2 congestion=reno", "tcp", "tcp b2")
	const want = "b2  congestion=reno  delayed_ack=True  nagle=True  initial_window=10  min_rto=200ms\n"
	if got := answers["tcp b2"]; got != want {
		t.Errorf("tcp b2 is answered by %q, want %q", got, want)
	}
	for _, line := range []string{
		"b1  congestion=cubic  delayed_ack=True  nagle=True ", "b2  congestion=reno   delayed_ack=True  nagle=True ",
		"b3  congestion=cubic  delayed_ack=True  nagle=False",
	} {
		if got := answers["tcp"]; !strings.Contains(got, line) {
			t.Errorf("tcp is answered by\n%s\nwithout %q", got, line)
		}
	}
}

func TestAMistakeInACommandEndsNothing(t *testing.T) {
	answers, _ := keepBoxes(t, "explode b1", "crash nobody", "b1 crash", "addr b1", "cut b1", "echo b1 value=1")
	for text, want := range map[string]string{
		"explode b1": "explode", "crash nobody": `no node "nobody"`, "b1 crash": `no command "b1"`, "addr b1": "addr", "cut b1": "cut",
	} {
		if got := answers[text]; !strings.HasPrefix(got, "error: ") || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want an error about %q", text, got, want)
		}
	}
	if got := answers["echo b1 value=1"]; got != "1\n" {
		t.Errorf("echo answered %q", got)
	}
}

// FuzzWords gives any words to a kept run: whatever they are, it answers them, and the next command too.
func FuzzWords(f *testing.F) {
	for _, seed := range []string{
		"cut b1 b2 lasting=5s", "link b1 b2 latency=normal(5ms,1ms)", "isolate b1,b2", "partition b1 b2,b3", "heal", "heal 1",
		"crash b1", "clock b1 speed=2 offset=-1hour", "links", "faults", "events last=3 term=1", "echo b1 value=[1", "pause b1 lasting=1ms",
		"configure b1 delay=1s", "status b1 timeout=0s", "cut b1 =", "cut = ,", "network rate=1e300gbit",
		"network queue=codel(5ms,64KiB)", "link b1 b2 loss=burst(0.1,0.5,slot=1ms)", "network loss=burst(burst(,",
		"tcp b1,b2 congestion=reno nagle=True", "tcp", "tcp b1,b2", "tcp =", "tcp min_rto=0s", "connections b1 b2", "connections b1,b2", "disk b1 sync=exponential(5ms)", "reset b1 b1,b1",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(strings.Fields(text)) == 0 {
			return
		}
		answers, _ := keepBoxes(t, text)
		if !strings.Contains(answers["nodes"], "b3") {
			t.Errorf("after %q the nodes are %q", text, answers["nodes"])
		}
	})
}
