package main

import (
	"bytes"
	"testing"

	"github.com/netlab-dev/netlab/lab"
)

func TestForeignTextCannotSteerTheTerminal(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"plain, ünïcode ✓\n\ttabs", "plain, ünïcode ✓\n\ttabs"},
		{"\x1b[2J\x1b]0;title\a", `\x1b[2J\x1b]0;title\x07`},
		{"ok\rFAIL\x00\x7f", `ok\x0dFAIL\x00\x7f`},
		{"\u009b31m", `\u009b31m`},
		{"a\u202eb", `a\u202eb`},
		{"\xff\xfe", `\xff\xfe`},
	} {
		if got := visible(c.text); got != c.want {
			t.Errorf("visible(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

func TestAReportShowsControlCharactersOfPlugins(t *testing.T) {
	var out, trouble bytes.Buffer
	p := &printer{out: &out, err: &trouble}
	p.outcome(lab.Outcome{
		ID: "test_x", Runs: 1, Asked: 1, Failed: []uint64{1}, Output: []string{"printed \x1b[1m"},
		Text: "FAIL test_x\n  node n1 failed: \x1b[2J",
	})
	p.outcome(lab.Outcome{ID: "test_y", Runs: 1, Asked: 1, Skipped: 1, Reason: "\x1b[3m"})
	p.notice("kind \x1b[4m")
	if all := out.String() + trouble.String(); bytes.ContainsRune([]byte(all), '\x1b') {
		t.Errorf("an escape got through: %q", all)
	}
}
