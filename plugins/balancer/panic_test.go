package balancer

import (
	"strings"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/http1"
)

// Three of four backends fail their checks, though they serve: one alone cannot bear the load of all.
func TestInAPanicTheLoadOfAllDoesNotFallOnTheFewThatAreLeft(t *testing.T) {
	for _, threshold := range []float64{0, 0.5} {
		names := []string{"a", "b", "c", "d"}
		w := newWorld(t, names, "health_every", 100*time.Millisecond, "panic_threshold", threshold)
		sick := true
		for _, name := range names[:3] {
			w.serial(name, 10*time.Millisecond, func() bool { return sick })
		}
		w.serial("d", 10*time.Millisecond, nil)
		w.Run(time.Second)
		w.wantStat("", "panic", threshold > 0)
		ends := w.load(1000, 4*time.Millisecond) // 250/s: one serves 100/s
		if standing := ends["200"] > 990; standing != (threshold > 0) || !standing && ends["200"] > 500 {
			t.Errorf("panic_threshold = %v: got %v", threshold, ends)
		}
		sick = false
		w.Run(time.Second)
		w.wantStat("", "panic", false)
		var told []string
		for _, line := range w.events() {
			if _, line, _ = strings.Cut(line, " "); strings.HasPrefix(line, "panic") {
				told = append(told, line)
			}
		}
		if got := strings.Join(told, ", "); threshold > 0 && got != "panic_began 1 4, panic_ended 2 4" {
			t.Errorf("events: got %q", got)
		}
	}
}

func TestInAPanicOnlyThoseTakePartThatAreMeantTo(t *testing.T) {
	make := func(name string, set func(*backend)) *backend {
		b := newBackend(server{name: name, weight: 1}, time.Second)
		set(b)
		return b
	}
	well := func(*backend) {}
	down := func(b *backend) { b.up = false }
	out := func(b *backend) { b.ejected = true }
	drained := func(b *backend) { b.leaving.Store(true) }
	idle := func(b *backend) { b.weight = 0 }
	for _, test := range []struct {
		backends  []func(*backend)
		threshold float64
		want      string
	}{
		{[]func(*backend){well, down}, 0.5, "a"},
		{[]func(*backend){well, down}, 0.6, "ab"},
		{[]func(*backend){well, down, out}, 0.5, "abc"},
		{[]func(*backend){well, down, out}, 0, "a"},
		{[]func(*backend){well, drained, idle, down}, 0.5, "a"}, // of two that take part one is well
		{[]func(*backend){down, drained, idle}, 0.5, "a"},
		{[]func(*backend){drained, idle}, 0.5, ""},
		{[]func(*backend){down, down}, 0, ""},
		{nil, 1, ""},
	} {
		var backends []*backend
		for i, set := range test.backends {
			backends = append(backends, make(string("abcd"[i]), set))
		}
		got := ""
		list, _, _ := eligible(backends, test.threshold)
		for _, b := range list {
			got += b.Name
		}
		if got != test.want {
			t.Errorf("threshold %v: got %q, want %q", test.threshold, got, test.want)
		}
	}
}

func TestADrainedBackendGetsNothingEvenInAPanic(t *testing.T) {
	w := newWorld(t, []string{"a", "b", "c"}, "health_every", 100*time.Millisecond)
	for _, name := range []string{"a", "b", "c"} {
		w.serial(name, 0, func() bool { return true })
	}
	w.Run(time.Second)
	w.wantStat("", "panic", true)
	w.Call("lb", "drain", sdk.Fields{{Name: "backend", Value: "b"}})
	for range 10 {
		if got := w.get(http1.Request{}); got.status != 200 || got.body == "b" {
			t.Errorf("got %v", got)
		}
	}
}

func TestWhenNobodyIsWellAndNobodyCanBeReachedTheAnswerIs503(t *testing.T) {
	w := newWorld(t, []string{"a", "b"}, "health_every", 100*time.Millisecond)
	w.DoOn("a", func(sdk.Env) {})
	w.DoOn("b", func(sdk.Env) {})
	w.Run(time.Second)
	w.wantStat("", "panic", true)
	w.want("all are dead", w.get(http1.Request{}), `503 "no backend is up\n"`)
	w.names("b", 0) // its checks have not noticed yet
	w.want("one is back", w.get(http1.Request{}), `200 "b"`)
}
