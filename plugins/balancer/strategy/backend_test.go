package strategy

import (
	"testing"
	"time"
)

func TestInflightIsWhatWasPickedAndIsNotFinished(t *testing.T) {
	b := NewBackend("a", 1)
	b.Picked()
	b.Picked()
	b.Picked()
	b.Finished(Result{OK: true, Took: 1, Now: start})
	b.Finished(Result{Unasked: true})
	if b.Inflight() != 1 || b.Errors() != 0 {
		t.Errorf("in flight %d, errors %d, want 1 and 0", b.Inflight(), b.Errors())
	}
	b.Finished(Result{Now: start})
	if b.Inflight() != 0 || b.Errors() != 1 {
		t.Errorf("in flight %d, errors %d, want 0 and 1", b.Inflight(), b.Errors())
	}
}

func TestTheAverageForgetsWithTime(t *testing.T) {
	tests := []struct {
		after, took, want time.Duration
	}{
		{EWMATau, 0, 36_787_944},
		{10 * EWMATau, 200 * time.Millisecond, 199_995_460},
		{0, 0, 99_999_000}, // of one instant each counts little
		{-EWMATau, 0, 99_999_000},
		{EWMATau / 1000, 200 * time.Millisecond, 100_099_950},
	}
	for _, test := range tests {
		b := NewBackend("a", 1)
		if b.EWMA() != 0 {
			t.Fatal("there is an average before the first sample")
		}
		for range 99_999 {
			b.Finished(Result{OK: true, Took: 100 * time.Millisecond, Now: start})
		}
		b.Finished(Result{OK: true, Took: test.took, Now: start.Add(test.after)})
		if d := b.EWMA() - test.want; d < -2 || d > 2 {
			t.Errorf("%v after a sample of 100ms one of %v: got %v, want %v", test.after, test.took, b.EWMA(), test.want)
		}
	}
}

func TestTheFirstSamplesCountAlike(t *testing.T) {
	b := NewBackend("a", 1)
	for i, took := range []time.Duration{100, 2, 3, 3, 2} { // the first one has paid for a cold cache
		b.Finished(Result{OK: true, Took: took * time.Millisecond, Now: start.Add(time.Duration(i) * time.Millisecond)})
	}
	if d := b.EWMA() - 22*time.Millisecond; d < -1000 || d > 1000 {
		t.Errorf("got %v, want the mean 22ms", b.EWMA())
	}
}

func TestTheDecayIsTheBackends(t *testing.T) {
	b := NewBackend("a", 1)
	b.SetDecay(time.Second)
	for range 99_999 {
		b.Finished(Result{OK: true, Took: 100 * time.Millisecond, Now: start})
	}
	b.Finished(Result{OK: true, Now: start.Add(time.Second)})
	if d := b.EWMA() - 36_787_944; d < -2 || d > 2 {
		t.Errorf("got %v, want 1/e of 100ms", b.EWMA())
	}
}

func TestFailuresDoNotEnterTheAverage(t *testing.T) {
	b := NewBackend("a", 1)
	b.Finished(Result{OK: true, Took: time.Second, Now: start})
	b.Finished(Result{Took: time.Microsecond, Now: start.Add(time.Hour)})
	if b.EWMA() != time.Second {
		t.Errorf("got %v, want 1s", b.EWMA())
	}
}

func TestWeightsStayInRange(t *testing.T) {
	for given, want := range map[int]int{-1: 1, 0: 1, 1: 1, 7: 7, MaxWeight + 1: MaxWeight} {
		if got := NewBackend("a", given).Weight(); got != want {
			t.Errorf("weight %d: got %d, want %d", given, got, want)
		}
	}
}
