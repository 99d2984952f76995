package main

import (
	"testing"
	"time"

	"github.com/netlab-dev/netlab/lab/result"
)

func TestATraceIsOfTheNodesOfTheFailureOrOfThoseNamed(t *testing.T) {
	run := &result.Run{
		Outcome: result.Failed, Checks: []result.Check{{At: time.Second, Nodes: []string{"n1"}, Source: "check(n1.ok)"}},
		Story: &result.Story{Nodes: []string{"n1", "n2", "lb"}, Moments: []result.Moment{
			{Number: 1, At: 500 * time.Millisecond, Node: "n1", Name: "started"}, {Number: 2, Node: "n2", Name: "elsewhere"},
		}},
	}
	const failed = "    1.000s      ✗    check(n1.ok)\n"
	for _, tt := range []struct{ flag, want string }{
		{ofTheFailure, "  trace of n1\n    0.500s  n1       started\n" + failed},
		{"n2, n1,lb", "  trace of all nodes\n    0.000s  n2       elsewhere\n    0.500s  n1       started\n" + failed},
		{"n1,n3", "  trace of n1 (no node \"n3\"; known: lb, n1, n2)\n    0.500s  n1       started\n" + failed},
		{"lbb", "  no trace: no node \"lbb\" (did you mean \"lb\"?)\n"},
	} {
		var trace tracing
		if err := trace.Set(tt.flag); err != nil {
			t.Fatal(err)
		}
		if got := trace.text(result.Text{}, run); got != tt.want {
			t.Errorf("--trace=%s: got\n%s\nwant\n%s", tt.flag, got, tt.want)
		}
	}
	run.Story = nil
	if got := (&tracing{}).text(result.Text{}, run); got != "  no trace: this run was not recorded\n" {
		t.Errorf("without a story: %s", got)
	}
}
