package script

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/engine"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/script/load"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/value"
)

// conversation is a world in which messages have been sent.
func conversation() *world {
	w := newWorld()
	send := func(at time.Duration, from, to, typ string, fields ...value.Field) {
		w.messages = append(w.messages, value.Event{
			At: at, Node: from, Seq: uint64(len(w.messages)), Class: value.ClassMessage, Name: typ, Fields: value.Fields{
				{Name: "dst", Value: value.Node(to)}, {Name: "size", Value: int64(100)},
				{Name: "fields", Value: value.Fields(fields)},
			},
		})
	}
	term := func(n int64) value.Field { return value.Field{Name: "term", Value: n} }
	send(0, "n1", "n2", "vote", term(1), value.Field{Name: "candidate", Value: value.Node("n1")})
	send(time.Second, "n1", "n3", "vote", term(1), value.Field{Name: "list", Value: []any{int64(1), int64(2)}})
	send(2*time.Second, "n2", "n1", "granted", term(2))
	send(3*time.Second, "n3", "gone", "append")
	return w
}

func TestMessagesAreSelectedByEndsTypeTimeAndFields(t *testing.T) {
	r := runText(t, conversation(), `
def test_x(lab):
    n1, n2, n3 = lab.add("box", name = "n", count = 3)
    lab.sleep(5*s)
    def at(**match):
        return [m.at for m in lab.messages(**match)]
    check(at() == [0*s, 1*s, 2*s, 3*s])
    check(at(src = n1) == [0*s, 1*s] and at(src = "n1") == [0*s, 1*s] and at(src = [n2, "n3"]) == [2*s, 3*s])
    check(at(dst = n1) == [2*s] and at(src = n1, dst = [n2, n3]) == [0*s, 1*s])
    check(at(type = "vote") == [0*s, 1*s] and at(type = ["granted", "append"]) == [2*s, 3*s] and at(type = "x") == [])
    check(at(since = 2*s) == [2*s, 3*s])
    check(at(term = 1) == [0*s, 1*s] and at(term = [1, 2], src = n2) == [2*s] and at(term = None) == [])
    check(at(candidate = n1) == [0*s] and at(candidate = "n1") == [0*s] and at(list = [1, 2]) == [1*s])
    check(len(lab.messages(n1, n2)) == 1)
    first, last = lab.messages()[0], lab.messages()[-1]
    check(first.src == n1 and first.dst == n2 and first.type == "vote" and first.size == 100)
    check(first.fields == struct(term = 1, candidate = n1) and first.fields.term == 1)
    check(last.dst == "gone" and last.fields == struct())
    check(str(first) == 'vote term=1 candidate="n1" from n1 to n2 at 0s', str(first))
    check(type(first) == "message" and dir(first) == ["at", "dst", "fields", "size", "src", "type"])
    check(not lab.messages(term = 9))
`)
	if r.Outcome != result.Passed {
		t.Error(textOf(r))
	}
}

func TestAQuestionThatOnlyAKindWithoutAListMightAnswerIsNoted(t *testing.T) {
	r := runText(t, conversation(), `
def test_x(lab):
    lab.add("talker")
    lab.add("box", name = "n", count = 3)
    lab.messages(type = "granted")                # nobody lists it, but it was sent
    lab.messages(type = "vot")
    lab.messages(type = "vot")
    lab.messages(type = "vote", trem = 1)
    lab.messages(type = "vote", candidate = "n7") # nobody lists the field, but a message has it
    lab.sleep(5*s)
`)
	want := []string{
		`lab.messages vote: no field "trem" (did you mean "term"?); no message that was sent matches`,
		`lab.messages: no message type "vot" (did you mean "vote"?); no message that was sent matches`,
	}
	if diff := cmp.Diff(want, r.Notes); diff != "" || r.Outcome != result.Passed {
		t.Errorf("%s\nnotes (-want +got):\n%s", textOf(r), diff)
	}
}

func TestAFaultThatNeverHadALinkIsNoted(t *testing.T) {
	r := runText(t, newWorld(), `
def test_x(lab):
    a, b = lab.add("box", count = 2)
    lab.partition([a, b]).heal()
    lab.partition([a, b])
    lab.add("box", name = "later")
`)
	want := []string{"partition box1, box2 at x.star:4:18: it has cut nothing: there was no node on the other side"}
	if diff := cmp.Diff(want, r.Notes); diff != "" || r.Outcome != result.Passed {
		t.Errorf("%s\nnotes (-want +got):\n%s", textOf(r), diff)
	}
}

func TestADiskInLiveIsNoted(t *testing.T) {
	all, err := loadText(t, "def test_x(lab):\n    lab.disk(sync = 5*ms)\n    lab.disk(sync = 6*ms)\n").Experiments(nil)
	if err != nil {
		t.Fatal(err)
	}
	for engine, want := range map[string][]string{"sim": nil, "live": {"lab.disk has no effect in live: a sync takes what this machine needs"}} {
		r := Run(t.Context(), all[0], newWorld(), RunOptions{Engine: engine, Kinds: boxes(t)})
		if diff := cmp.Diff(want, r.Notes); diff != "" || r.Outcome != result.Passed {
			t.Errorf("%s: %s\nnotes (-want +got):\n%s", engine, textOf(r), diff)
		}
	}
}

func TestAFaultIsPrintedWithItsEnds(t *testing.T) {
	r := runText(t, newWorld(), `
def test_x(lab):
    a, b = lab.add("box", count = 2)
    check([str(f) for f in [lab.cut(a, b), lab.isolate(a), a.pause()]] ==
          ["fault(cut box1 <-> box2)", "fault(isolate box1)", "fault(pause of box1)"])
`)
	if r.Outcome != result.Passed {
		t.Error(textOf(r))
	}
}

func TestARecordOfMessagesThatIsFullIsAnErrorOfTheScript(t *testing.T) {
	w := newWorld()
	w.full = &trouble.Error{Text: "the record of messages is full", Hint: "send less"}
	r := runText(t, w, "def test_x(lab):\n    lab.messages()\n")
	if r.Error == nil || r.Error.Text != "the record of messages is full" || r.Error.Hint != "send less" || r.Error.Pos.Line != 2 {
		t.Errorf("got %s", textOf(r))
	}
}

func TestAFileThatMentionsMessagesWantsThemRecorded(t *testing.T) {
	files := map[string]string{
		"plain.star":  "load('helper.star', 'f')\ndef test_x(lab):\n    f(lab)\n",
		"helper.star": "def f(lab):\n    return lab.events()\n",
		"one.star":    "def test_x(lab):\n    look = lab.messages\n",
		"loads.star":  "load('one.star', 'test_x')\ndef test_y(lab):\n    test_x(lab)\n",
	}
	for name, want := range map[string]bool{"plain.star": false, "helper.star": false, "one.star": true, "loads.star": true} {
		f, err := load.Load(context.Background(), name, load.Options{Read: reader(files)})
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Messages(); got != want {
			t.Errorf("%s: messages %v, want %v", name, got, want)
		}
	}
}

func TestClocksAndBurstsTellTheEngine(t *testing.T) {
	w := newWorld()
	r := runText(t, w, `
def test_x(lab):
    n = lab.add("bare", size = 1)
    fast = n.clock(speed = 2)
    ahead = n.clock(offset = "1hour")
    lab.heal()
    fast.heal()
    fast.heal()
`)
	if r.Outcome != result.Passed {
		t.Fatal(textOf(r))
	}
	want := `SetClock{Fault:1 Node:bare Speed:2 Offset:0s}
SetClock{Fault:2 Node:bare Speed:1 Offset:1h0m0s}
Heal{Fault:1}`
	if diff := cmp.Diff(want, w.log(1)); diff != "" {
		t.Error(diff)
	}
}

func TestARestartKeepsWhatConfigureHasChanged(t *testing.T) {
	w := newWorld()
	r := runText(t, w, `
def test_x(lab):
    n = lab.add("box", port = 81)
    check(n.configure(delay = 8*ms).ok)
    check(not n.configure(delay = 1*hour))
    n.crash()
    n.restart()
`)
	if r.Outcome != result.Passed {
		t.Fatal(textOf(r))
	}
	config := value.Fields{
		{Name: "port", Value: int64(81)}, {Name: "delay", Value: 8 * time.Millisecond}, {Name: "target", Value: value.Addr("")},
	}
	if diff := cmp.Diff(config, w.configured); diff != "" {
		t.Errorf("configured with: %s", diff)
	}
	if diff := cmp.Diff(engine.Restart{Node: "box", Config: config}, w.changes[2]); diff != "" {
		t.Errorf("restarted with: %s", diff)
	}
}

func TestNextWakesWithoutPolling(t *testing.T) {
	w := newWorld()
	r := runText(t, w, `
def test_x(lab):
    n = lab.add("box")
    lab.after(1*hour, lambda: n.emit("dead"))
    lab.next("dead", within = 2*hour)
    check(lab.now() == 1*hour)
`)
	if r.Outcome != result.Passed || w.runs > 5 {
		t.Errorf("%d runs of the engine, want a few: %s", w.runs, textOf(r))
	}
}

func TestANextThatTimesOutShowsTheLastEventsOfItsName(t *testing.T) {
	for _, c := range []struct{ name, body, want string }{
		{"none at all", `
    lab.add("box")
    lab.next("dead", within = 3*s)`, `
  x.star:4   lab.next("dead", within = 3*s)
               no such event within 3s; there has been no dead at all
`},
		{"others", `
    n = lab.add("box")
    n.emit("dead", term = 1)
    lab.after(1*s, lambda: n.emit("dead", term = 2))
    lab.next("dead", within = 3*s, term = 3)`, `
  x.star:6   lab.next("dead", within = 3*s, term = 3)
               no such event within 3s
               lab.events("dead")[-2] = dead term=1 who="box" on box at 0s
               lab.events("dead")[-1] = dead term=2 who="box" on box at 1s
`},
	} {
		r := runText(t, newWorld(), "def test_x(lab):\n"+c.body+"\n")
		if r.Outcome != result.Failed || !strings.Contains(textOf(r), c.want) {
			t.Errorf("%s: %s\nwant%s", c.name, textOf(r), c.want)
		}
	}
}
