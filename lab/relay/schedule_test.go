package relay

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

type note struct {
	due  time.Duration
	tell func(due, now time.Duration)
}

func (n note) run(now time.Duration) { n.tell(n.due, now) }

func TestTheScheduleRunsEverythingInOrderAndNeverEarly(t *testing.T) {
	born := time.Now()
	s, err := newSchedule(func() time.Duration { return time.Since(born) })
	if err != nil {
		t.Fatal(err)
	}
	var loop sync.WaitGroup
	loop.Go(s.loop)
	defer func() {
		s.close()
		loop.Wait()
		if err := s.alarm.close(); err != nil {
			t.Error(err)
		}
	}()
	const tasks = 2000
	ran := make(chan time.Duration, tasks)
	tell := func(due, now time.Duration) {
		if now < due {
			t.Errorf("due at %v, run at %v", due, now)
		}
		ran <- due
	}
	start := s.clock() + 20*ms
	var all []entry
	for range tasks {
		due := start + rand.N(40*ms)
		all = append(all, entry{due: due, task: note{due, tell}})
	}
	for _, e := range all[:100] {
		s.add(e.due, e.task)
	}
	s.addAll(all[100:])
	var order []time.Duration
	for range tasks {
		order = append(order, <-ran)
	}
	if !slices.IsSorted(order) {
		t.Error("not in the order in which they were due")
	}
	if late := time.Duration(s.worst.Load()); late <= 0 || late > patient {
		t.Errorf("worst lateness %v", late)
	}
}

func TestASleepEndsEarlyWhenAllIsOver(t *testing.T) {
	w := newWorld(t)
	over := make(chan struct{})
	slept := make(chan bool, 1)
	go func() { slept <- w.schedule.sleep(w.clock()+time.Hour, over) }()
	close(over)
	if <-slept {
		t.Error("an hour has passed")
	}
	if !w.schedule.sleep(w.clock()+ms, nil) {
		t.Error("a millisecond never passes")
	}
}

// A process that is stopped for a second finds that its clock has gone on without it.
func TestAnIdleScheduleNoticesThatItWasHeldUp(t *testing.T) {
	var clock atomic.Int64
	clock.Store(int64(time.Second))
	s, err := newSchedule(func() time.Duration { return time.Duration(clock.Load()) })
	if err != nil {
		t.Fatal(err)
	}
	s.add(s.clock(), heartbeat{s})
	var loop sync.WaitGroup
	loop.Go(s.loop)
	sleeping := func() bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.armed == time.Second+heartbeatPeriod
	}
	for !sleeping() {
		runtime.Gosched()
	}
	clock.Add(int64(time.Second))
	beat := make(chan bool, 1)
	s.add(s.clock(), note{s.clock(), func(_, _ time.Duration) { beat <- true }})
	<-beat
	s.close()
	loop.Wait()
	if late := time.Duration(s.worst.Load()); late != time.Second-heartbeatPeriod {
		t.Errorf("late by %v, want by a second but for the %v until it would have looked", late, heartbeatPeriod)
	}
	if err := s.alarm.close(); err != nil {
		t.Error(err)
	}
}
