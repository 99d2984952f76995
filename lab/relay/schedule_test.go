package relay

import (
	"math/rand/v2"
	"slices"
	"sync"
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
