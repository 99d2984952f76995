package serve

import (
	"strings"
	"testing"
)

func TestALineOfLogThatIsCutEndsWithAWholeLetter(t *testing.T) {
	out := newOutbox()
	whole := strings.Repeat("x", maxLogLine-1)
	if _, err := (&logs{out: out}).Write([]byte(whole + "äöü\n")); err != nil {
		t.Fatal(err)
	}
	reports := out.take(nil)
	if len(reports) != 1 || reports[0].GetLog().GetLine() != whole {
		t.Errorf("got %d reports, the line ends in %q", len(reports), reports[0].GetLog().GetLine()[maxLogLine-2:])
	}
}
