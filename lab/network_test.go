package lab_test

import (
	"testing"

	"github.com/netlab-dev/netlab/lab"
)

// TestTheNetworkIsTheSameInBothEngines runs testdata/network.star: what once was wrong in one engine or in both.
func TestTheNetworkIsTheSameInBothEngines(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	t.Parallel()
	for _, engine := range []string{"sim", "live"} {
		report, err := lab.Run(t.Context(), builtins(t), lab.Options{Targets: []string{"testdata/network.star"}, Engine: engine, Jobs: 4})
		if err != nil || report.Failed > 0 || report.Passed+report.Skipped != 17 {
			t.Fatalf("%s: %v, %+v", engine, err, report)
		}
		if engine == "sim" && report.Skipped > 0 {
			t.Errorf("%d were skipped", report.Skipped)
		}
	}
}
