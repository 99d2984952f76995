package sim

import (
	"testing"
	"time"
)

func TestOfAComponentThatABusyMachineHoldsUpTheComputationCounts(t *testing.T) {
	const ms = time.Millisecond
	for computed, counts := range map[time.Duration]time.Duration{
		30 * ms: 30 * ms, 2 * time.Second: time.Second, 0: time.Second, // the last one waits
	} {
		if got := counted(time.Second, computed); got != counts {
			t.Errorf("%v of processor time in a second: %v counts, want %v", computed, got, counts)
		}
	}
}
