package serve

import (
	"bytes"
	"io"
	"time"

	"github.com/netlab-dev/netlab/sdk/wire"
)

// maxLogLine is how much of a line of log is reported.
const maxLogLine = 64 << 10

// logWriter reports the lines that are written to it, one Write a line or several; nil when the host wants none. now is
// how long the run has gone on, nil in live.
func logWriter(open *wire.Open, out *outbox, world uint64, node string, now func() time.Duration) io.Writer {
	if !open.GetLogs() {
		return nil
	}
	return &logs{out: out, world: world, node: node, now: now}
}

type logs struct {
	out   *outbox
	world uint64
	node  string
	now   func() time.Duration
}

func (l *logs) Write(text []byte) (int, error) {
	at := time.Duration(0)
	if l.now != nil {
		at = l.now()
	}
	for line := range bytes.Lines(text) {
		line = bytes.TrimRight(line, "\r\n")
		if len(line) > maxLogLine {
			line = bytes.ToValidUTF8(line[:maxLogLine], nil) // not half a letter
		}
		l.out.putWait(l.world, &wire.Report{Of: &wire.Report_Log{Log: &wire.Log{
			Node: l.node, Line: wire.Text(string(line)), At: int64(at),
		}}})
	}
	return len(text), nil
}
