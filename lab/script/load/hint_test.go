package load

import (
	"strings"
	"testing"
)

func TestHintsLookAtTheBeginningOfALongMessage(t *testing.T) {
	if hint := evalHint("xs has no .sort field"+strings.Repeat("x", 1<<20), ""); hint == "" {
		t.Error("no hint for what the message begins with")
	}
	if hint := evalHint(strings.Repeat("x", 1<<20)+" no .sort field", ""); hint != "" {
		t.Errorf("a megabyte of the script's own text was searched: %s", hint)
	}
}
