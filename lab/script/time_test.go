package script

import (
	"testing"
	"time"

	"go.starlark.net/starlark"

	"github.com/netlab-dev/netlab/lab/engine"
)

// moving is an engine whose clock goes on while nobody waits, as the wall clock does.
type moving struct {
	engine.Engine
	at time.Duration
}

func (m *moving) Now() time.Duration {
	m.at += time.Microsecond
	return m.at
}

func TestTheSecondTickIsOneIntervalAfterTheFirst(t *testing.T) {
	ticks := &ticksValue{run: &run{engine: &moving{}}, every: time.Millisecond, during: time.Second}
	i := ticks.Iterate().(*ticker)
	var n starlark.Value
	if !i.Next(&n) || i.due != time.Millisecond {
		t.Errorf("the second tick is due after %v, want 1ms", i.due)
	}
}
