package star

import (
	"strings"
	"testing"
)

func TestACodelReadsAsItIsWrittenAndKnowsItsBounds(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{"codel()", "codel(5ms, 1MiB)"},
		{"codel(limit = 64*KiB, target = 100*us)", "codel(100us, 64KiB)"},
		{"codel('2ms').target + codel().target", "7ms"},
		{"codel(limit = 1500).limit", "1500"},
		{"codel() == codel(5*ms) and codel() != codel(6*ms)", "True"},
		{"len(set([codel(), codel(5*ms, 1*MiB)]))", "1"},
	} {
		v, err := eval(c.expr)
		if err != nil || v.String() != c.want {
			t.Errorf("%s = %v, %v; want %s", c.expr, v, err, c.want)
		}
	}
}

func TestACodelThatCannotBeIsRefused(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{"codel(5)", "codel: target: got int 5, want a duration"},
		{"codel(0*s)", "codel(0s, 1MiB): target is 0s, want more than 0s"},
		{"codel(-1*ms)", "target is -1ms, want more than 0s"},
		{"codel(limit = 0)", "codel(5ms, 0): limit is 0 bytes, want more than 0"},
		{"codel(limit = 1.5)", "codel: limit: got float 1.5, want a size in bytes"},
		{"codel(limit = 1 << 70)", "codel: limit: got int 1180591620717411303424, want a size in bytes"},
		{"codel() < codel()", "codels have no order"},
		{"codel().taget", "codel has no .taget field or method (did you mean .target?)"},
	} {
		if _, err := eval(c.expr); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.expr, err, c.want)
		}
	}
}
