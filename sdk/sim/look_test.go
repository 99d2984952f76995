package sim_test

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/sim"
)

// looks are what somebody may try to see, and what it is refused for.
var looks = map[string]struct {
	f    func(env sdk.Env, m *sdk.Mutex)
	want string
}{
	"nothing":       {func(sdk.Env, *sdk.Mutex) {}, ""},
	"the time":      {func(env sdk.Env, _ *sdk.Mutex) { env.Now(); env.Peers(); env.Nodes() }, ""},
	"a free mutex":  {func(env sdk.Env, _ *sdk.Mutex) { m := sdk.NewMutex(env); _ = m.Lock(); defer m.Unlock() }, ""},
	"a mutex":       {func(_ sdk.Env, m *sdk.Mutex) { _ = m.Lock(); defer m.Unlock() }, "it makes a call that waits"},
	"a sleep":       {func(env sdk.Env, _ *sdk.Mutex) { _ = env.Sleep(time.Millisecond) }, "it makes a call that waits"},
	"an event":      {func(env sdk.Env, _ *sdk.Mutex) { env.Emit(got{1}) }, "it makes a call that acts"},
	"a task":        {func(env sdk.Env, _ *sdk.Mutex) { env.Go(func() { env.Emit(got{2}) }) }, "it makes a call that acts"},
	"a timer":       {func(env sdk.Env, _ *sdk.Mutex) { env.AfterFunc(0, func() { env.Emit(got{3}) }) }, "it makes a call that acts"},
	"a random draw": {func(env sdk.Env, _ *sdk.Mutex) { env.Rand().Uint64() }, "it makes a call that acts"},
	"a listener":    {func(env sdk.Env, _ *sdk.Mutex) { _, _ = env.Listen(1) }, "it makes a call that acts"},
	"a dial":        {func(env sdk.Env, _ *sdk.Mutex) { _, _ = env.Dial("a:7") }, "it makes a call that waits"},
	"a panic":       {func(sdk.Env, *sdk.Mutex) { panic("boom") }, ""},
	"what recovers": {func(env sdk.Env, _ *sdk.Mutex) { defer func() { _ = recover() }(); _ = env.Sleep(1) }, "it makes a call that waits"},
}

// toiling draws, sleeps under a mutex, listens and tells.
func toiling(m **sdk.Mutex) func(sdk.Env) error {
	return func(env sdk.Env) error {
		*m = sdk.NewMutex(env)
		ln, err := env.Listen(7)
		if err != nil {
			return err
		}
		env.Go(func() {
			for _, err := ln.Accept(); err == nil; _, err = ln.Accept() {
			}
		})
		for (*m).Lock() == nil {
			env.Emit(got{int64(env.Rand().IntN(1000))})
			if env.Sleep(3*time.Millisecond) != nil {
				return nil
			}
			(*m).Unlock()
		}
		return nil
	}
}

func TestALookChangesNothing(t *testing.T) {
	run := func(look func(*sim.Node, *sdk.Mutex)) (uint64, int64, int) {
		w := sim.New(sim.Config{Seed: 1})
		defer w.Close()
		n, m := get(w.Add("a", nil)), new(*sdk.Mutex)
		must(n.Start(toiling(m)))
		for i := range 40 {
			w.Run(time.Duration(i)*time.Millisecond, nil)
			if look != nil && i > 0 {
				look(n, *m)
			}
		}
		for _, f := range w.Failures() {
			t.Error(f.Err)
		}
		return w.Digest(), w.Steps(), len(w.Drain())
	}
	digest, steps, events := run(nil)
	for name, l := range looks {
		d, s, e := run(func(n *sim.Node, m *sdk.Mutex) {
			err := n.Look(func(env sdk.Env) { l.f(env, m) })
			if (err == nil) != (l.want == "") || err != nil && err.Error() != l.want {
				t.Errorf("%s: got %v, want %q", name, err, l.want)
			}
		})
		if d != digest || s != steps || e != events {
			t.Errorf("%s: digest %x, %d steps, %d events; without %x, %d, %d", name, d, s, e, digest, steps, events)
		}
	}
}

func TestALookIsForNodesThatRun(t *testing.T) {
	w := sim.New(sim.Config{Seed: 1})
	defer w.Close()
	n := get(w.Add("a", nil))
	look := func() (ran bool) {
		if err := n.Look(func(sdk.Env) { ran = true }); err != nil {
			t.Error(err)
		}
		return ran
	}
	if look() {
		t.Error("before the start")
	}
	must(n.Start(toiling(new(*sdk.Mutex))))
	w.Run(time.Second, nil)
	if n.Pause(); look() {
		t.Error("during a pause")
	}
	if n.Resume(); !look() {
		t.Error("not while it runs")
	}
}
