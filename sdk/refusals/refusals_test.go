package refusals_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"

	"github.com/netlab-dev/netlab/sdk"
	"github.com/netlab-dev/netlab/sdk/refusals"
)

// logging is an environment that can only log.
type logging struct {
	sdk.Env
	log hclog.Logger
}

func (l logging) Log() hclog.Logger { return l.log }

func TestWhoIsRefusedDoesNotDecideHowLongTheLogGets(t *testing.T) {
	var text bytes.Buffer
	log := hclog.New(&hclog.LoggerOptions{Output: &text, Level: hclog.Debug, DisableTime: true})
	r := refusals.New(logging{log: log})
	for i := range 1_000_000 {
		r.Tell("damaged message", "from", i)
	}
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	if len(lines) != 20 || lines[0] != "[DEBUG] damaged message: from=0 times=1" ||
		lines[19] != "[DEBUG] damaged message: from=524287 times=524288" {
		t.Errorf("got %d lines, %q ...", len(lines), lines[0])
	}
	text.Reset()
	for i := range 100_000 {
		r.Tell(fmt.Sprint("class ", i))
	}
	if lines := strings.Count(text.String(), "\n"); lines > 100 {
		t.Errorf("%d lines of invented classes, want at most 100", lines)
	}
}
