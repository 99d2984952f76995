package script

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/result"
)

func TestChecksThatARunHasNotReachedAreTold(t *testing.T) {
	const unreached = "no check was reached: test_x has checks, and made none of them"
	const unended = "the task had not ended when the experiment returned, so checks of it were not made: task.wait() waits for its end"
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
		{"def later():\n        lab.sleep(1*s)\n        check(False)\n    lab.spawn(later); lab.sleep(10*ms)", []string{unreached, "x.star:5:14: " + unended}},
		{"def later():\n        check(True)\n        lab.sleep(1*s)\n        check(False)\n    lab.spawn(later); lab.sleep(10*ms)", []string{"x.star:6:14: " + unended}},
		{"def later():\n        for i in lab.ticks(1*ms): check(True)\n    lab.spawn(later); lab.sleep(10*ms)", nil},
		{"def later():\n        lab.sleep(1*s)\n        check(False)\n    t = lab.spawn(later); lab.sleep(10*ms); t.cancel(); check(True)", nil},
		{"lab.spawn(lab.always, lambda: True, during = 10*s); lab.sleep(1*s)", []string{
			"x.star:2:14: lab.always had looked for 1s of 10s when the experiment returned: task.wait() waits for its end"}},
		{"lab.spawn(lambda: lab.eventually(lambda: False, within = 10*s)); lab.sleep(1*s)", []string{
			"x.star:2:14: lab.eventually had looked for 1s of 10s when the experiment returned: task.wait() waits for its end"}},
		{"def later():\n        lab.always(lambda: True, during = 10*ms)\n        lab.sleep(1*s)\n    lab.spawn(later); lab.sleep(20*ms)", nil},
		{"[lab.spawn(lab.always, lambda: True, during = i*s) for i in range(10, 20)]; lab.sleep(1*s)", []string{
			"5 more tasks had not ended, so their checks were not made",
			"x.star:2:15: lab.always had looked for 1s of 10s when the experiment returned: task.wait() waits for its end",
			"x.star:2:15: lab.always had looked for 1s of 11s when the experiment returned: task.wait() waits for its end",
			"x.star:2:15: lab.always had looked for 1s of 12s when the experiment returned: task.wait() waits for its end",
			"x.star:2:15: lab.always had looked for 1s of 13s when the experiment returned: task.wait() waits for its end",
			"x.star:2:15: lab.always had looked for 1s of 14s when the experiment returned: task.wait() waits for its end"}},
	} {
		r := runText(t, newWorld(), "def test_x(lab):\n    "+c.body+"\n")
		if diff := cmp.Diff(c.want, r.Notes); diff != "" || r.Outcome != result.Passed {
			t.Errorf("%s: %s (-want +got):\n%s", c.body, textOf(r), diff)
		}
	}
}
