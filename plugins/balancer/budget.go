package balancer

import (
	"sync"
	"time"
)

// budget bounds retries, so that they do not multiply the load of backends that are slow already: within a window they
// are at most a share of the requests that were answered, less the requests that were not; besides, a few a second are
// free.
//
// The share and the free ones are those of Envoy (retry_budget: 20 %, min_retry_concurrency) and of Finagle
// (RetryBudget: percentCanRetry 0.2, minRetriesPerSec 10). Both let every request pay for retries, answered or not: at
// 90 % load 20 % more is overload that lasts for ever. That failures take from the budget is client-side throttling
// (Beyer et al., Site Reliability Engineering, chapter 21: all attempts together are at most K times what is accepted,
// here 1.2) and like gRPC's retry throttling (proposal A6). Where retries help there are few failures, and the share is
// Finagle's. The window is short, like Envoy's, which counts what is under way: what Finagle's ten seconds save up is
// spent in the first moment of trouble.
//
// The zero value is ready, and safe for concurrent use. Now goes by Env.Elapsed: it never jumps.
type budget struct {
	mu    sync.Mutex
	slots [budgetSlots]spent
	now   int64 // the number of the slot that is filled

	used   float64 // free retries; what is used comes back in time
	usedAt time.Time
}

// spent is what has happened in a slot of the window.
type spent struct{ answered, failed, retried int }

const (
	budgetWindow = 200 * time.Millisecond
	budgetSlots  = 10
	freeRetries  = 10 // a second, and at once
)

// end counts a request that is over.
func (b *budget) end(now time.Time, answered bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	slot := b.slot(now)
	if answered {
		slot.answered++
	} else {
		slot.failed++
	}
}

// retry takes a retry out of the budget, and reports whether there was one.
func (b *budget) retry(now time.Time, share float64) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	slot := b.slot(now)
	var sum spent
	for _, s := range b.slots {
		sum.answered, sum.failed, sum.retried = sum.answered+s.answered, sum.failed+s.failed, sum.retried+s.retried
	}
	if float64(sum.retried+1) <= share*float64(sum.answered)-float64(sum.failed) {
		slot.retried++
		return true
	}
	return b.free(now)
}

// free takes one of the free retries.
func (b *budget) free(now time.Time) bool {
	if gone := now.Sub(b.usedAt); gone > 0 {
		b.used, b.usedAt = max(b.used-freeRetries*gone.Seconds(), 0), now
	}
	if b.used+1 > freeRetries {
		return false
	}
	b.used++
	return true
}

// slot returns the slot of this moment, after those that time has passed over are emptied.
func (b *budget) slot(now time.Time) *spent {
	n := now.UnixNano() / int64(budgetWindow/budgetSlots)
	b.now = max(b.now, n-budgetSlots)
	for b.now < n {
		b.now++
		b.slots[b.now%budgetSlots] = spent{}
	}
	return &b.slots[b.now%budgetSlots]
}
