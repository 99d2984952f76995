package plot

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/result"
)

func TestCellsAreNamedByWhatTellsThemApart(t *testing.T) {
	for _, c := range []struct{ names, want []string }{
		{[]string{"client: http://lb-p2c:8080/", "client: http://lb-peak-ewma:8080/"}, []string{"p2c", "peak-ewma"}},
		{[]string{"test_x[nodes=5]", "test_x[nodes=7]"}, []string{"nodes=5", "nodes=7"}},
		{[]string{"same", "same"}, []string{"same", "same"}},
		{[]string{"a-b", "a-"}, []string{"a-b", "a-"}},
		{[]string{"", "x"}, []string{"", "x"}},
		{[]string{"one"}, []string{"one"}},
	} {
		var cells []Cell
		for _, name := range c.names {
			cells = append(cells, Cell{Name: name})
		}
		var got []string
		for _, cell := range apart(cells) {
			got = append(got, cell.Name)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Error(c.names, diff)
		}
	}
}

func TestCellsOfTwoEnginesAreNamedByThem(t *testing.T) {
	sweep := func(engine string) result.Sweep {
		return result.Sweep{Experiment: result.Experiment{ID: "test_x[n=5]", Engine: engine}, Series: []result.Series{{Name: "client"}}}
	}
	cells := Cells([]result.Sweep{sweep("live"), sweep("sim")})
	if cells[0].Name != "live" || cells[1].Name != "sim" {
		t.Errorf("got %q and %q", cells[0].Name, cells[1].Name)
	}
}
