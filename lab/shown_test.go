package lab_test

import (
	"testing"

	"github.com/netlab-dev/netlab/lab"
	"github.com/netlab-dev/netlab/lab/result"
)

// TestARunThatPassedHasAStoryIfAPictureIsWanted also holds that marks stand in stories of both engines, with their lines.
func TestARunThatPassedHasAStoryIfAPictureIsWanted(t *testing.T) {
	path := scriptFile(t, `
def test_x(lab):
    lab.add("tcp-echo")
    lab.sleep(10*ms)
    lab.mark("it is quiet")
`)
	for _, tt := range []struct {
		engine string
		runs   int
		story  bool
		shown  int
	}{{lab.Both, 1, true, 2}, {lab.Both, 1, false, 0}, {"sim", 2, true, 0}} {
		o := lab.Options{Targets: []string{path}, Engine: tt.engine, Runs: tt.runs, Story: tt.story}
		report, err := lab.Run(t.Context(), builtins(t), o)
		if err != nil {
			t.Fatal(err)
		}
		shown := 0
		for i := range report.Sweeps {
			if r := report.Sweeps[i].Shown; r != nil {
				shown++
				checkMark(t, r)
			}
		}
		if shown != tt.shown {
			t.Errorf("%+v: %d runs are shown", tt, shown)
		}
	}
}

func checkMark(t *testing.T, r *result.Run) {
	t.Helper()
	for _, m := range r.Story.Moments {
		if m.Class == "mark" && m.Name == "it is quiet" && m.Node == "" && m.Pos != nil && m.Pos.Line == 5 && m.Number > 0 {
			return
		}
	}
	t.Errorf("%s: no mark among %+v", r.Engine, r.Story.Moments)
}
