package pcap_test

import (
	"strings"
	"testing"
)

// In live the port of a dialler is known when its handshake is over: the first packets have it all the same.
func TestAStreamHasThePortThatTheRunTells(t *testing.T) {
	run := stream(2)
	run.Story.Packets[len(run.Story.Packets)-1].Source = 49152
	_, frames := read(t, write(t, report(run)))
	for _, f := range frames {
		if !strings.Contains(f.text, ":49152 ") {
			t.Errorf("port 49152 is missing in %s", f.text)
		}
	}
}
