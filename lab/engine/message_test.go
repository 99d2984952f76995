package engine

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/trace"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/value"
)

func TestARecordOfMessagesThatIsFullSaysSo(t *testing.T) {
	r := newRecorder(0)
	r.messageRoom = 2 << 20
	datagram, err := value.AppendHead(nil, value.Head{
		Type: "append", Fields: sdk.Fields{{Name: "entry", Value: make([]byte, 60_000)}, {Name: "terms", Value: []any{1, "2"}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 10 {
		r.datagram(time.Duration(i)*time.Second, "n1", "n2", datagram)
	}
	r.datagram(0, "n1", "n2", []byte("no message"))
	events, err := r.sent(trace.Filter{Since: 5 * time.Second})
	if err != nil || len(events) != 5 {
		t.Fatalf("%d messages (%v), want 5", len(events), err)
	}
	for i := range 1000 {
		r.datagram(time.Duration(10+i)*time.Second, "n1", "n2", datagram)
	}
	_, err = r.sent(trace.Filter{})
	want := &trouble.Error{
		Text: "the record of messages is full since 34s: it holds 34 of them in 2 MiB",
		Hint: "shorten the run or send less",
	}
	if diff := cmp.Diff(error(want), err); diff != "" {
		t.Error(diff)
	}
	if n := r.store.Len(); n != 0 {
		t.Errorf("%d events, want none", n)
	}
}

func TestEventsBetweenTwoRunsAreNewsForTheNext(t *testing.T) {
	r := newRecorder(0)
	told := 0
	r.news.tell = func() { told++ }
	watched := []EventWake{{Name: "tick", Node: "n1"}, {Name: "tock"}}
	emit := func(node, name string, class value.Class) { r.add(value.Event{Node: node, Name: name, Class: class}) }
	emit("n1", "tick", value.ClassComponent)
	r.watch(watched)
	if diff := cmp.Diff(watched[:1], r.met(watched)); diff != "" {
		t.Errorf("news of before: %s", diff)
	}
	emit("n2", "tick", value.ClassComponent)
	emit("n2", "tock", value.ClassFault)
	if told > 0 {
		t.Error("told of what nobody watches")
	}
	emit("n2", "tock", value.ClassComponent)
	if told != 1 {
		t.Errorf("told %d times of one event", told)
	}
	if diff := cmp.Diff(watched, r.unwatch(watched)); diff != "" {
		t.Error(diff)
	}
	emit("n1", "tick", value.ClassComponent)
	if told != 1 {
		t.Error("told though no run is under way")
	}
	if diff := cmp.Diff(watched[:1], r.unwatch(watched)); diff != "" {
		t.Errorf("news for the next run: %s", diff)
	}
	if met := r.met(watched); met != nil {
		t.Errorf("old news: %v", met)
	}
}
