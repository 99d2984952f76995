package tcp

import "testing"

func TestARoundTripThatIsALittleShorterLetsTheWindowGrow(t *testing.T) {
	var w window
	w.open(0, MSS, 200*ms)
	w.grow(202*ms, 10*MSS)
	w.grow(401*ms, 30*MSS)
	if w.size <= leastWindow {
		t.Errorf("the window is still %d bytes after a reader that takes three times as much", w.size)
	}
}
