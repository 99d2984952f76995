package lab

import "testing"

func TestRunsUnderWayFollowMemory(t *testing.T) {
	const mib, gib = 1 << 20, 1 << 30
	for _, test := range []struct {
		name                      string
		runs, resident, available int64
		want                      crowding
	}{
		{"small runs on a large machine", 40, 300 * mib, 20 * gib, more},
		{"six nodes of a program each, on a large machine", 8, 700 * mib, 20 * gib, more},
		{"one more would be too much for functions of scripts", 12, 990 * mib, 20 * gib, same},
		{"one large run", 1, 600 * mib, 20 * gib, same},
		{"a machine of 2 GiB", 6, 600 * mib, 650 * mib, same},
		{"a small machine that gets full", 8, 800 * mib, 300 * mib, fewer},
		{"a machine that others have filled", 2, 270 * mib, 1, fewer},
		{"a system that does not tell", 12, 900 * mib, 0, more},
		{"a system that does not tell, and much is taken", 12, 3 * gib, 0, same},
	} {
		if got := crowd(test.runs, test.resident, test.available); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
}
