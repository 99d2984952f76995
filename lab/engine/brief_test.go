package engine

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/netlab-dev/netlab/sdk/wire"
)

func TestWhatIsKeptOfATextEndsWithAWholeLetter(t *testing.T) {
	long := strings.Repeat("x", maxBrief-1) + "äöü" // the limit lies inside of a letter
	if got := brief(long).(string); got != strings.Repeat("x", maxBrief-1) {
		t.Errorf("kept %d bytes that end in %q", len(got), got[len(got)-2:])
	}
	if got := brief("äöü"); got != "äöü" {
		t.Errorf("a short text is kept as %q", got)
	}
	var c calls
	id := c.add(Call{}, 0)
	c.keep(Reply{Call: id, Status: Failed, Error: long}, &wire.Reply{}, 0)
	if kept, ok := c.get(id).answer.value.(string); !ok || !utf8.ValidString(kept) {
		t.Errorf("of an error is kept %q", kept)
	}
}
