package lab_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab"
)

var cases = flag.Int("cases", 2, "how many generated cases TestTheEnginesAgree tells to both engines")

// outcomes are what both engines must find alike in a case of testdata/agree.star. The rest is measured: how far apart the
// two are is told with -v and stands in lab/docs/benchmarks.md.
var outcomes = []string{"profile", "fault", "dialled", "errors", "received", "pings"}

// TestTheEnginesAgree tells generated cases to both engines: a random link, flows of three kinds over it, and a random
// fault in their midst.
func TestTheEnginesAgree(t *testing.T) {
	if testing.Short() {
		t.Skip("takes five seconds for each case in live")
	}
	sim, live := findings(t, "sim"), findings(t, "live")
	apart := map[string][]float64{}
	for i := range sim {
		for name, value := range sim[i] {
			switch other := live[i][name]; {
			case slices.Contains(outcomes, name):
				if diff := cmp.Diff(value, other); diff != "" {
					t.Errorf("case %d: %s (-sim +live)\n%s", i+1, name, diff)
				}
			default:
				s, l := value.(float64), other.(float64)
				apart[name] = append(apart[name], l/s-1)
			}
		}
	}
	for name, list := range apart {
		t.Log(spread(name, list))
	}
}

// findings are what the cases have printed, by seed.
func findings(t *testing.T, engine string) (all []map[string]any) {
	t.Helper()
	o := lab.Options{Targets: []string{"testdata/agree.star"}, Engine: engine, Jobs: 1}
	for seed := range *cases {
		o.Seed = uint64(seed + 1)
		report, err := lab.Run(t.Context(), builtins(t), o)
		if err != nil {
			t.Fatal(err)
		}
		var found map[string]any
		prints := report.Sweeps[0].Prints
		if err := json.Unmarshal([]byte(strings.Join(prints, "")), &found); err != nil {
			t.Fatalf("%s, seed %d: %v in %q", engine, o.Seed, err, prints)
		}
		all = append(all, found)
	}
	return all
}

// spread is how far live is from sim: in half of the cases, in nine of ten, at worst.
func spread(name string, apart []float64) string {
	for i := range apart {
		apart[i] = math.Abs(apart[i])
	}
	slices.Sort(apart)
	at := func(share float64) float64 { return 100 * apart[int(share*float64(len(apart)-1)+0.5)] }
	return fmt.Sprintf("| %s | %.1f %% | %.1f %% | %.1f %% |", name, at(0.5), at(0.9), at(1))
}
