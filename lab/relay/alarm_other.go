//go:build !linux

package relay

import "time"

// alarm wakes one goroutine at an instant.
type alarm struct{ timer *time.Timer }

func newAlarm() (*alarm, error) { return &alarm{time.NewTimer(time.Hour)}, nil }

// set makes wait return after d, in place of what was set before.
func (a *alarm) set(d time.Duration) { a.timer.Reset(max(d, 0)) }

// wait returns when the time has come. It may return early.
func (a *alarm) wait() { <-a.timer.C }

func (a *alarm) close() error {
	a.timer.Stop()
	return nil
}
