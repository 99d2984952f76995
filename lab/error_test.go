package lab

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/result"
	"github.com/netlab-dev/netlab/lab/trouble"
)

func TestTheCauseDecidesWhoseTroubleAnErrorIs(t *testing.T) {
	inNode := func(err error) error { return fmt.Errorf("node n1: %w", err) }
	tests := []struct {
		name  string
		err   error
		class trouble.Class
		hint  string
	}{
		{"a mistake in a script", &trouble.Error{Text: "x", Hint: "h"}, trouble.Script, "h"},
		{"a plugin that cannot be started", inNode(&trouble.Error{Class: trouble.Plugin, Text: "x", Hint: "h"}), trouble.Plugin, "h"},
		{"a plugin that has ended", inNode(&host.Exit{Plugin: "p", Code: 3}), trouble.Plugin, ""},
		{"a plugin that does not get ready", &trouble.Error{Class: trouble.Plugin, Text: "x"}, trouble.Plugin, ""},
		{"no more open files", inNode(&trouble.Error{Class: trouble.Plugin, Text: "x", Hint: "h", Err: syscall.EMFILE}), trouble.Host, "h"},
		{"no more processes", &trouble.Error{Class: trouble.Plugin, Text: "x", Err: fmt.Errorf("fork: %w", syscall.EAGAIN)}, trouble.Host, ""},
		{"what a machine refuses", &trouble.Error{Class: trouble.Host, Text: "x", Hint: "h"}, trouble.Host, "h"},
		{"one that nobody knows", errors.New("x"), trouble.Host, ""},
		{"an interruption", fmt.Errorf("load: %w", context.Canceled), trouble.Interrupted, ""},
		{"one that is classified already", inNode(&trouble.Error{Class: trouble.Usage, Hint: "h"}), trouble.Usage, "h"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := classify(test.err)
			if got.Class != test.class || got.Hint != test.hint {
				t.Errorf("class %d, hint %q; want %d, %q", got.Class, got.Hint, test.class, test.hint)
			}
		})
	}
}

func TestWhatGoesWrongAfterAnInterruptionIsItsConsequence(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	plugin := &trouble.Error{Class: trouble.Plugin, Text: "plugin p: cannot start"}
	var got *trouble.Error
	if err := classified(ctx, plugin); !errors.As(err, &got) || got.Class != trouble.Plugin {
		t.Errorf("before: got %v, want the plugin's trouble", err)
	}
	cancel()
	if err := classified(ctx, plugin); !errors.As(err, &got) || got.Class != trouble.Interrupted {
		t.Errorf("after: got %v, want an interruption", err)
	}
	if err := classified(ctx, nil); err != nil {
		t.Errorf("without trouble: got %v", err)
	}
}

func TestEveryClassHasAnExitCodeOfItsOwn(t *testing.T) {
	var got []int
	for _, class := range []trouble.Class{trouble.Usage, trouble.Script, trouble.Plugin, trouble.Host, trouble.Interrupted} {
		got = append(got, class.ExitCode())
	}
	if diff := cmp.Diff([]int{2, 3, 4, 5, 130}, got); diff != "" {
		t.Errorf("exit codes (-want +got):\n%s", diff)
	}
}

func TestTheWorstOutcomeDecidesTheExitCode(t *testing.T) {
	r := &result.Report{}
	for _, o := range []result.Sweep{
		{Asked: 1, Runs: 1},
		{Asked: 1, Runs: 1, Failures: make([]result.Failure, 1), Code: 1},
		{Asked: 1, Runs: 1, Failures: make([]result.Failure, 1), Code: 4},
		{Asked: 1, Runs: 1, Failures: make([]result.Failure, 1), Code: 3},
		{Asked: 2, Runs: 2, Skips: 2},
		{Asked: 2, Runs: 1, Interrupted: true},
	} {
		r.Add(o)
	}
	if got := r.ExitCode(); got != 4 {
		t.Errorf("exit code %d, want 4", got)
	}
	got := []int{r.Passed, r.Failed, r.Skipped, r.Unfinished}
	if diff := cmp.Diff([]int{1, 3, 1, 1}, got); diff != "" {
		t.Errorf("passed, failed, skipped, unfinished (-want +got):\n%s", diff)
	}
}
