package script

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/result"
)

func TestChecksThatARunHasNotReachedAreTold(t *testing.T) {
	const unreached = "no check was reached: test_x has checks, and made none of them"
	for _, c := range []struct {
		body string
		want []string
	}{
		{"for x in []: check(x)", []string{unreached}},
		{"def f(): check(False)", []string{unreached}},
		{"lab.spawn(lambda: check(False))", []string{unreached,
			"x.star:2:14: the task never began, so its checks were not made: the experiment had returned"}},
		{"check(True); lab.after(1*s, lambda: check(False))", []string{
			"x.star:2:27: the task never began, so its checks were not made: the experiment had returned"}},
		{"check(True); lab.after(1*s, lambda: lab.heal())", nil},
		{"lab.eventually(lambda: True, within = 1*s)\n    for x in []: check(x)", nil},
		{"lab.spawn(lambda: check(True)).wait()", nil},
		{"lab.sleep(1*s)", nil},
	} {
		r := runText(t, newWorld(), "def test_x(lab):\n    "+c.body+"\n")
		if diff := cmp.Diff(c.want, r.Notes); diff != "" || r.Outcome != result.Passed {
			t.Errorf("%s: %s (-want +got):\n%s", c.body, textOf(r), diff)
		}
	}
}
