package tcp

import (
	"testing"
	"time"
)

func TestARoundTripThatIsALittleShorterLetsTheWindowGrow(t *testing.T) {
	var w window
	w.open(0, MSS, 200*ms)
	w.grow(202*ms, 10*MSS)
	w.grow(401*ms, 30*MSS)
	if w.size <= leastWindow {
		t.Errorf("the window is still %d bytes after a reader that takes three times as much", w.size)
	}
}

// A live network may hear of the first read half a round trip late, and of the next in time.
func TestAReadThatIsToldLateDoesNotPutOffGrowth(t *testing.T) {
	var w window
	w.open(0, MSS, 50*ms)
	w.grow(75*ms, 10*MSS)
	w.grow(101*ms, 30*MSS)
	if w.size <= leastWindow {
		t.Errorf("the window is still %d bytes after a reader that takes three times as much", w.size)
	}
}

// A program that reads by pieces takes a whole flight at the instant at which it arrives.
func TestPiecesThatAreReadAtOneInstantAreOneRead(t *testing.T) {
	var whole, pieces window
	whole.open(0, MSS, 200*ms)
	pieces.open(0, MSS, 200*ms)
	read := uint64(0)
	for i, flight := range []uint64{10, 20, 40} {
		now := time.Duration(i+1) * 200 * ms
		for range flight {
			read += MSS
			pieces.grow(now, read)
		}
		whole.grow(now, read)
	}
	if pieces.size != whole.size || whole.size <= leastWindow {
		t.Errorf("the window is %d bytes for a reader by pieces, %d for one that reads all at once: want the same, above %d", pieces.size, whole.size, leastWindow)
	}
}
