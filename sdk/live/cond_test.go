package live_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/sdk"
)

func TestWaitEndsAtItsDeadline(t *testing.T) {
	n := newNode()
	c := n.NewCond()
	c.Lock()
	defer c.Unlock()
	for _, d := range []time.Duration{-time.Second, 3 * time.Millisecond} {
		deadline := n.Now().Add(d)
		wantErr(t, "wait", c.Wait(deadline), sdk.ErrTimeout)
		if early := deadline.Sub(n.Now()); early > 0 {
			t.Errorf("woke %v early", early)
		}
	}
}

func TestSignalWakesWaitersInTheirOrder(t *testing.T) {
	n := newNode()
	c := n.NewCond()
	const waiters = 5
	var woken []int
	turn := 0
	var group sync.WaitGroup
	waiting := make(chan struct{})
	for i := range waiters {
		group.Go(func() {
			c.Lock()
			defer c.Unlock()
			waiting <- struct{}{} // the lock is ours until we wait
			if err := c.Wait(n.Now().Add(grace)); err != nil {
				t.Error(err)
			}
			woken = append(woken, i)
			turn++
			c.Signal()
		})
		<-waiting
		c.Lock() // now it waits
		c.Unlock()
	}
	c.Signal() // each wakes the next one
	group.Wait()
	if d := cmp.Diff([]int{0, 1, 2, 3, 4}, woken); d != "" {
		t.Error(d)
	}
}

func TestBroadcastWakesAllAndASignalIsNotKept(t *testing.T) {
	n := newNode()
	c := n.NewCond()
	c.Signal()
	c.Broadcast()
	c.Lock()
	wantErr(t, "wait after the signal", c.Wait(n.Now()), sdk.ErrTimeout)
	c.Unlock()
	var group sync.WaitGroup
	waiting := make(chan struct{})
	for range 5 {
		group.Go(func() {
			c.Lock()
			defer c.Unlock()
			waiting <- struct{}{}
			if err := c.Wait(time.Time{}); err != nil {
				t.Error(err)
			}
		})
		<-waiting
	}
	c.Lock()
	c.Broadcast()
	c.Unlock()
	group.Wait()
}

func TestASignalAtTheDeadlineWins(t *testing.T) {
	n := newNode()
	c := n.NewCond()
	waiting, result := make(chan struct{}), make(chan error, 1)
	deadline := n.Now().Add(2 * time.Millisecond)
	go func() {
		c.Lock()
		defer c.Unlock()
		close(waiting)
		result <- c.Wait(deadline)
	}()
	<-waiting
	c.Lock() // the waiter cannot give up while we hold the lock
	for n.Now().Before(deadline.Add(time.Millisecond)) {
		ok(t, n.Sleep(time.Millisecond))
	}
	c.Signal()
	c.Unlock()
	ok(t, <-result)
}

// A queue over the cond loses no wake-up, whether its receivers have deadlines or not.
func TestConcurrentPostsAllArrive(t *testing.T) {
	const posters, posts = 4, 500
	n := newNode()
	c := n.NewCond()
	queue, received := 0, 0
	var group sync.WaitGroup
	for range posters {
		group.Go(func() {
			for range posts {
				c.Lock()
				queue++
				c.Signal()
				c.Unlock()
			}
		})
		group.Go(func() {
			c.Lock()
			defer c.Unlock()
			for range posts {
				for queue == 0 {
					if err := c.Wait(n.Now().Add(grace)); err != nil {
						t.Error(err)
						return
					}
				}
				queue--
				received++
			}
		})
	}
	group.Wait()
	if received != posters*posts {
		t.Errorf("received %d, want %d", received, posters*posts)
	}
}
