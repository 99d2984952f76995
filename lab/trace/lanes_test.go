package trace

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestALaneHasItsChanges(t *testing.T) {
	var l Lanes
	id, other := LaneID{Node: "n1", Name: "role"}, LaneID{Node: "n2", Name: "role"}
	for i, v := range []any{"a", "a", "b", "c", "b"} {
		l.Add(id, time.Duration(i), v)
	}
	l.Add(id, 4, "d") // of one instant the last counts
	l.Add(id, 4, "c") // which may be what was there before
	l.Add(other, 9, int64(1))
	l.End("n1", 10)
	want := []Lane{
		{id, []LanePoint{{0, "a"}, {2, "b"}, {3, "c"}, {10, nil}}},
		{other, []LanePoint{{9, int64(1)}}},
	}
	l.Refuse("a query")
	all, refused := l.All()
	if diff := cmp.Diff(want, all); diff != "" || len(refused) != 1 {
		t.Error(diff)
	}
}

func TestLanesAreBounded(t *testing.T) {
	var l Lanes
	for i := range 10 * maxPoints {
		l.Add(LaneID{Node: "n1"}, time.Duration(i), i)
	}
	for i := range 2 * maxLanes {
		l.Add(LaneID{Node: "n2", Of: string(rune('a' + i))}, 0, 1)
	}
	all, _ := l.All()
	points := all[0].Points
	if len(all) != maxLanes || len(points) > maxPoints || points[0].At != 0 || points[len(points)-1].At != 10*maxPoints-1 {
		t.Errorf("%d lanes, %d points from %v to %v", len(all), len(points), points[0].At, points[len(points)-1].At)
	}
}

func TestPointsOfAllLanesAreBounded(t *testing.T) {
	var l Lanes
	for at := range time.Duration(maxPoints) {
		for n := range 2 * maxAllPoints / maxPoints {
			l.Add(LaneID{Node: "n", Of: string(rune('a' + n))}, at, at%7)
		}
	}
	kept := 0
	all, _ := l.All()
	for _, lane := range all {
		kept += len(lane.Points)
		for i := range lane.Points[1:] {
			if lane.Points[i].Value == lane.Points[i+1].Value {
				t.Fatalf("%v twice at %v", lane.Points[i], lane.Points[i+1].At)
			}
		}
		if last := lane.Points[len(lane.Points)-1]; last.At != maxPoints-1 {
			t.Errorf("%v ends at %v", lane.LaneID, last.At)
		}
	}
	if kept > maxAllPoints || kept < maxAllPoints/3 {
		t.Errorf("%d points are kept, want at most %d", kept, maxAllPoints)
	}
}

func TestWhatIsNoNumberIsOnePoint(t *testing.T) {
	var l Lanes
	for at := range time.Duration(3) {
		l.Add(LaneID{}, at, math.NaN())
	}
	all, _ := l.All()
	if points := all[0].Points; len(points) != 1 {
		t.Errorf("%v", points)
	}
}
