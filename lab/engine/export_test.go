package engine

import (
	"time"

	"github.com/netlab-dev/netlab/sdk/wire"
)

// LimitStart changes how long the nodes of a live run may take to get ready.
func LimitStart(e Engine, d time.Duration) { e.(*live).startLimit = d }

// FailAtTheEnd lets a live node fail so long after it was asked to end, by its own clock.
func FailAtTheEnd(e Engine, node string, after time.Duration) {
	n := e.(*live).nodes[node]
	n.ask()
	n.fail(&wire.Failure{Node: node, At: n.askedAt + int64(after), Error: "panic: late"})
}

// Pausing is a time of pause, for Awake.
type Pausing struct{ From, To time.Duration }

// Awake is awake.
func Awake(due, woke time.Duration, pauses []Pausing) time.Duration {
	var list []pausing
	for _, p := range pauses {
		list = append(list, pausing{p.From, p.To})
	}
	return awake(due, woke, list)
}

// LimitEvents changes how many bytes of events a run may have. It comes before anything has happened.
func LimitEvents(e Engine, bytes int) {
	switch e := e.(type) {
	case *sim:
		e.record.budget.limit = bytes
	case *live:
		e.record.budget.limit = bytes
	}
}

// LimitSilence changes for how many looks, and how long apart, a sim run waits for a sign of a turn.
func LimitSilence(e Engine, every time.Duration, most int) {
	e.(*sim).silence.every, e.(*sim).silence.most = every, most
}

// CountSilence is what counts of a time in which a plugin gave no sign: it has computed so much, and wants to go on or not.
func CountSilence(passed, computed time.Duration, wants bool) time.Duration {
	s := silence{every: passed}
	return s.counted(computed, wants)
}
