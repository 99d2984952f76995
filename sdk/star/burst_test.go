package star

import (
	"strings"
	"testing"
)

func TestABurstReadsAsItIsWrittenAndKnowsItsProbabilities(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{"burst(0.01, 0.25)", "burst(0.01, 0.25)"},
		{"burst(good = 0.25, bad = 0.01, loss = 0.5)", "burst(0.01, 0.25, loss = 0.5)"},
		{"burst(0.01, 0.25, 1, 100*us)", "burst(0.01, 0.25, slot = 100us)"},
		{"burst(0.01, 0.25).slot + burst(0.01, 0.25, slot = '2ms').slot", "12ms"},
		{"burst(0.01, 0.25) == burst(0.01, 0.25, slot = 1*ms)", "False"},
		{"burst(0.01, 1).loss", "1.0"},
		{"burst(0.01, 0.25).bad + burst(0.01, 0.25).good", "0.26"},
		{"burst(0.01, 0.25) == burst(0.01, 0.25, 1.0)", "True"},
		{"burst(0.01, 0.25) != burst(0.01, 0.25, 0.5)", "True"},
		{"len(set([burst(0.01, 0.25), burst(0.01, 0.25, 1)]))", "1"},
	} {
		v, err := eval(c.expr)
		if err != nil || v.String() != c.want {
			t.Errorf("%s = %v, %v; want %s", c.expr, v, err, c.want)
		}
	}
}

func TestABurstThatCannotBeIsRefused(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{"burst(0.01)", "missing argument for good"},
		{"burst('a', 1)", "burst: bad: got string, want a probability from 0 to 1"},
		{"burst(2, 1)", "bad is 2, want a probability from 0 to 1"},
		{"burst(0.1, 0)", "good is 0, want more than 0: a burst would never end"},
		{"burst(0.1, 0.1, float('nan'))", "loss is NaN"},
		{"burst(0.1, 0.1, slot = 5)", "burst: slot: got int 5, want a duration"},
		{"burst(0.1, 0.1, slot = 0*s)", "slot is 0s, want more than 0s"},
		{"burst(0.1, 0.1) < burst(0.1, 0.2)", "bursts have no order"},
	} {
		if _, err := eval(c.expr); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.expr, err, c.want)
		}
	}
}
