package relay

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/netlab-dev/netlab/sdk/link"
	"github.com/netlab-dev/netlab/sdk/network"
)

// parcel is a datagram that tells when it arrives.
type parcel struct {
	due    time.Duration
	arrive func(due time.Duration)
}

func (parcel) Decided(int)   {}
func (p *parcel) Arrive(int) { p.arrive(p.due) }

// timed is a schedule with a network of one path.
type timed struct {
	*schedule
	path *network.Path
	loop sync.WaitGroup
}

func newTimed(t *testing.T, clock func() time.Duration) *timed {
	n := network.New(network.Config{})
	s, err := newSchedule(clock, n)
	if err != nil {
		t.Fatal(err)
	}
	u := &timed{schedule: s, path: n.AddHost("a", 0).Path(n.AddHost("b", 1))}
	u.loop.Go(s.loop)
	t.Cleanup(func() {
		s.close()
		u.loop.Wait()
		if err := s.alarm.close(); err != nil {
			t.Error(err)
		}
	})
	return u
}

// after lets something happen after a time on the network's clock.
func (u *timed) after(d time.Duration, arrive func(due time.Duration)) {
	u.enter()
	defer u.carryOut()
	u.path.SetProfile(link.Profile{Latency: link.NewFixed(d)})
	u.path.Send(1, 1, nil, &parcel{u.network.Now() + d, arrive})
}

func TestTheScheduleRunsEverythingInOrderAndNoEarlierThanItsLead(t *testing.T) {
	born := time.Now()
	u := newTimed(t, func() time.Duration { return time.Since(born) })
	const tasks = 2000
	ran := make(chan time.Duration, tasks)
	arrive := func(due time.Duration) {
		if now := u.clock(); now < due-leadMost {
			t.Errorf("due at %v, run at %v", due, now)
		}
		ran <- due
	}
	for i := range tasks {
		u.after(20*ms+time.Duration(i*7919%40_000)*time.Microsecond, arrive)
	}
	var order []time.Duration
	for range tasks {
		order = append(order, <-ran)
	}
	if !slices.IsSorted(order) {
		t.Error("not in the order in which they were due")
	}
	if late := time.Duration(u.worst.Load()); late <= 0 || late > patient {
		t.Errorf("worst lateness %v", late)
	}
}

// A process that is stopped for a second finds that its clock has gone on without it.
func TestAnIdleScheduleNoticesThatItWasHeldUp(t *testing.T) {
	var clock atomic.Int64
	clock.Store(int64(time.Second))
	u := newTimed(t, func() time.Duration { return time.Duration(clock.Load()) })
	sleeping := func() bool {
		u.mu.Lock()
		defer u.mu.Unlock()
		return u.armed == time.Second+heartbeat
	}
	for !sleeping() {
		runtime.Gosched()
	}
	clock.Add(int64(time.Second))
	for u.worst.Load() == 0 { // the alarm is real
		runtime.Gosched()
	}
	if late := time.Duration(u.worst.Load()); late != time.Second-heartbeat {
		t.Errorf("late by %v, want by a second but for the %v until it would have looked", late, heartbeat)
	}
}

func TestTheLeadIsTheMedianOfLateness(t *testing.T) {
	var l lead
	for i := range 300 {
		l.note(time.Duration(i%3) * 100 * time.Microsecond) // 0, 100, 200 us
	}
	if l.length < 92*time.Microsecond || l.length > 108*time.Microsecond {
		t.Errorf("lead %v, want about 100us", l.length)
	}
	for range 300 {
		l.note(time.Second)
	}
	if l.length != leadMost {
		t.Errorf("lead %v of an alarm that is a second late, want %v at most", l.length, leadMost)
	}
}

func TestWorkThatIsContinuousIsHeldAndTheFirstAfterARestIsNot(t *testing.T) {
	var p pace
	const us = time.Microsecond
	p.wake(time.Second)
	if got := p.hold(time.Second + 100*us); got != time.Second+100*us {
		t.Errorf("the second after a rest is held until %v", got)
	}
	p.wake(time.Second + 100*us)
	if got := p.hold(time.Second + 200*us); got != time.Second+100*us+holdTime {
		t.Errorf("continuous work goes on at %v", got)
	}
	if got := p.hold(time.Second + ms); got != time.Second+ms {
		t.Errorf("what is due after a millisecond is held until %v", got)
	}
}
