package star

import (
	"runtime"
	"strings"
	"testing"
	"time"

	"go.starlark.net/starlark"
)

// guarded gives functions a ceiling little above the present heap, and tells what would end the process.
func guarded(t *testing.T, more uint64, grace time.Duration) (fatal chan string) {
	before := guard
	fatal = make(chan string, 1000)
	runtime.GC()
	guard = newMemory(heapSize()+more, func(text string) { fatal <- text })
	guard.grace = grace
	t.Cleanup(func() { guard = before })
	return fatal
}

func TestAFunctionThatEatsMemoryIsEndedAndTheProcessLives(t *testing.T) {
	for name, source := range map[string]string{
		"a list of texts": "def f():\n    x = []\n    for _ in range(100000):\n        x.append('x' * 100000)\n",
		"a list of lists": "def f():\n    x = []\n    for _ in range(10000):\n        x.append([0] * 100000)\n",
	} {
		fatal := guarded(t, 64<<20, time.Minute)
		c, err := Rebuild(one(source, 1, 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Steps = 1 << 40 // they would end it first
		if _, err := c.Call(); err == nil || !strings.Contains(err.Error(), "does a list or a text grow without end?") {
			t.Errorf("%s: got error %v, want that of the memory", name, err)
		}
		if len(fatal) > 0 {
			t.Errorf("%s: the process would have ended: %s", name, <-fatal)
		}
		good, err := Rebuild(one("def f(): return 1", 1, 1), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := good.Call(); got != starlark.Value(starlark.MakeInt(1)) || err != nil {
			t.Errorf("%s: afterwards another function returned %v, %v", name, got, err)
		}
	}
}

func TestABuiltinThatNothingCanStopEndsTheProcess(t *testing.T) {
	fatal := guarded(t, 1<<20, 50*time.Millisecond)
	keep := make([]byte, 4<<20)
	r := &runner{thread: &starlark.Thread{Name: "hungry"}}
	guard.add(r)
	guard.enter(r) // and never leaves
	text := <-fatal
	r.leave()
	if !strings.Contains(text, "function hungry goes on allocating") {
		t.Errorf("got %q", text)
	}
	runtime.KeepAlive(keep)
}

func TestAShortCallDoesNotSufferForWhatOthersHold(t *testing.T) {
	fatal := guarded(t, 1<<20, 50*time.Millisecond)
	keep := make([]byte, 4<<20)
	c, err := Rebuild(one("def f(): return 1", 1, 1), nil)
	if err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(10 * guard.period); time.Now().Before(end); {
		if _, err := c.Call(); err != nil {
			t.Fatal(err)
		}
	}
	if len(fatal) > 0 {
		t.Errorf("the process would have ended: %s", <-fatal)
	}
	runtime.KeepAlive(keep)
}
