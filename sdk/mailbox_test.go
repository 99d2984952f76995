package sdk_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/live"
	"github.com/netlab-dev/netlab/sdk/sdktest"
)

// idle is a plugin whose nodes do nothing, for tests that only want an environment.
var idle = sdk.Plugin{Name: "idle", Kinds: []sdk.Kind{{Name: "idle", New: func() sdk.Component { return nobody{} }}}}

type nobody struct{}

func (nobody) Run(sdk.Env) error { return nil }

// inBoth runs f in virtual time and on the wall clock.
func inBoth(t *testing.T, f func(t *testing.T, env sdk.Env)) {
	t.Run("sim", func(t *testing.T) {
		sdktest.NewBench(t, idle, 1).Do(func(env sdk.Env) { f(t, env) })
	})
	t.Run("live", func(t *testing.T) {
		node := live.New(live.Config{Node: "n1"})
		if err := node.Run(func(env sdk.Env) error { f(t, env); return nil }); err != nil {
			t.Error(err)
		}
		if err := node.Stop(time.Second); err != nil {
			t.Error(err)
		}
	})
}

func TestMailboxKeepsTheOrder(t *testing.T) {
	inBoth(t, func(t *testing.T, env sdk.Env) {
		box := sdk.NewMailbox[int](env)
		next, sent := 0, 0
		for round := range 100 { // posts run ahead of receives, so that the queue wraps
			for range 7 {
				box.Post(sent)
				sent++
			}
			for range 5 + round%4 {
				if got, ok := box.TryRecv(); ok {
					if got != next {
						t.Errorf("got %d, want %d", got, next)
						return
					}
					next++
				}
			}
		}
		for ; next < sent; next++ {
			if got, err := box.Recv(time.Time{}); got != next || err != nil {
				t.Errorf("got %d, %v, want %d", got, err, next)
				return
			}
		}
		if _, ok := box.TryRecv(); ok {
			t.Error("received more than was posted")
		}
	})
}

func TestMailboxWaitsForAPost(t *testing.T) {
	inBoth(t, func(t *testing.T, env sdk.Env) {
		box := sdk.NewMailbox[string](env)
		env.Go(func() {
			_ = env.Sleep(10 * time.Millisecond)
			box.Post("late")
		})
		if got, err := box.Recv(env.Now().Add(time.Minute)); got != "late" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestMailboxGivesUpAtTheDeadline(t *testing.T) {
	inBoth(t, func(t *testing.T, env sdk.Env) {
		box := sdk.NewMailbox[string](env)
		start := env.Now()
		_, err := box.Recv(start.Add(20 * time.Millisecond))
		if took := env.Now().Sub(start); !errors.Is(err, sdk.ErrTimeout) || took < 20*time.Millisecond {
			t.Errorf("got %v after %v, want ErrTimeout after 20ms", err, took)
		}
		box.Post("there")
		if got, err := box.Recv(start); got != "there" || err != nil {
			t.Errorf("what is queued counts after the deadline too: got %q, %v", got, err)
		}
	})
}

func TestWhatIsPostedAtTheDeadlineIsReceived(t *testing.T) {
	sdktest.NewBench(t, idle, 1).Do(func(env sdk.Env) {
		box := sdk.NewMailbox[string](env)
		deadline := env.Now().Add(time.Second)
		box.PostAfter(time.Second, "just in time")
		if got, err := box.Recv(deadline); got != "just in time" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestAStoppedTimersValueIsNeverReceived(t *testing.T) {
	inBoth(t, func(t *testing.T, env sdk.Env) {
		box := sdk.NewMailbox[string](env)
		pending := box.PostAfter(time.Hour, "pending")
		received := box.PostAfter(time.Millisecond, "received")
		if got, err := box.Recv(env.Now().Add(time.Minute)); got != "received" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		if !pending.Stop() || pending.Stop() {
			t.Error("a pending timer is stopped once")
		}
		if received.Stop() {
			t.Error("what was received cannot be stopped")
		}
		queued := box.PostAfter(time.Millisecond, "queued")
		fired := sdk.NewMailbox[bool](env)
		env.AfterFunc(5*time.Millisecond, func() { fired.Post(true) })
		_, _ = fired.Recv(time.Time{})
		box.Post("last")
		if !queued.Stop() {
			t.Error("what waits in the queue can still be stopped")
		}
		var got []string
		for v, ok := box.TryRecv(); ok; v, ok = box.TryRecv() {
			got = append(got, v)
		}
		if !slices.Equal(got, []string{"last"}) {
			t.Errorf("got %q", got)
		}
	})
}

func TestMutexIsHeldAcrossASleep(t *testing.T) {
	inBoth(t, func(t *testing.T, env sdk.Env) {
		mutex := sdk.NewMutex(env)
		done := sdk.NewMailbox[bool](env)
		inside := 0
		for range 5 {
			env.Go(func() {
				if err := mutex.Lock(); err != nil {
					t.Error(err)
				}
				inside++
				_ = env.Sleep(time.Millisecond)
				if inside != 1 {
					t.Errorf("%d tasks hold the mutex", inside)
				}
				inside--
				mutex.Unlock()
				done.Post(true)
			})
		}
		for range 5 {
			if _, err := done.Recv(time.Time{}); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestUnlockOfAFreeMutexPanics(t *testing.T) {
	inBoth(t, func(t *testing.T, env sdk.Env) {
		defer func() {
			if recover() == nil {
				t.Error("want a panic")
			}
		}()
		sdk.NewMutex(env).Unlock()
	})
}

func TestAskWaitsForTheAnswer(t *testing.T) {
	type question struct {
		n      int
		answer func(int)
	}
	inBoth(t, func(t *testing.T, env sdk.Env) {
		box := sdk.NewMailbox[question](env)
		env.Go(func() {
			for {
				q, err := box.Recv(time.Time{})
				if err != nil {
					return
				}
				q.answer(q.n * 2)
			}
		})
		for n := range 3 {
			got, err := sdk.Ask(env, box, func(answer func(int)) question { return question{n, answer} })
			if got != 2*n || err != nil {
				t.Errorf("asked %d: got %d, %v", n, got, err)
			}
		}
	})
}
