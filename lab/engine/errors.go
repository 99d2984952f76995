package engine

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/netlab-dev/netlab/lab/host"
	"github.com/netlab-dev/netlab/lab/trouble"
	"github.com/netlab-dev/netlab/sdk/spell"
)

// errSilent is wrapped by the error of a run whose plugin process no longer answers.
var errSilent = errors.New("no answer")

func silentError(format string, args ...any) error {
	return &trouble.Error{Class: trouble.Plugin, Text: fmt.Sprintf(format, args...), Err: errSilent}
}

// Silenced tells whether a sim run has ended because the process that it shares with others no longer answers one of them.
func Silenced(err error) bool {
	var exit *host.Exit
	return errors.Is(err, errSilent) || errors.As(err, &exit) && exit.Abandoned
}

// Held tells whether a sim run has ended because its plugin's process, or a component in it, kept control: how far it came
// by then is chance. Only a world that has ended has a digest. The error is the cause of the run's end, if it had one.
func Held(err error, s Summary) bool {
	var exit *host.Exit
	return Silenced(err) || err != nil && s.Digest == 0 && !errors.As(err, &exit)
}

// errClosed answers a Run after Close.
var errClosed = errors.New("the run is closed")

// pluginError is what a plugin does wrong beyond the failure of one of its nodes: it does not get ready, does not stop,
// keeps control, or breaks the protocol. A run cannot go on after it.
func pluginError(format string, args ...any) error {
	return &trouble.Error{Class: trouble.Plugin, Text: fmt.Sprintf(format, args...)}
}

// machineError is the error of something that the machine has refused, which is no outcome of the experiment.
func machineError(err error) *trouble.Error {
	e := &trouble.Error{Class: trouble.Host, Text: err.Error(), Err: err}
	switch {
	case errors.Is(err, syscall.EMFILE):
		e.Hint = openFilesHint
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		e.Hint = "no free port is left: fewer connections at a time, or a wider net.ipv4.ip_local_port_range"
	}
	return e
}

const openFilesHint = "a limit is reached: raise ulimit -n (open files); a connection between two nodes takes two in the " +
	"lab and one in each node"

// noFiles is the failure of a node that the machine has refused one more open file.
func noFiles(f Failure) error {
	return &trouble.Error{Class: trouble.Host, Text: fmt.Sprintf("node %s failed: %s", f.Node, f.Error), Hint: openFilesHint}
}

// noNode says that a name is not among the nodes; what names the place, such as "link n1 -> n4".
func noNode(what, name string, nodes []string) *trouble.Error {
	err := &trouble.Error{Text: fmt.Sprintf("%s: no node %.100q", what, name)}
	switch near := spell.Nearest(name, nodes); {
	case near != "":
		err.Hint = fmt.Sprintf("did you mean %q?", near)
	case len(nodes) == 0:
		err.Hint = "there is no node yet"
	case len(nodes) == 1:
		err.Hint = "the only node is " + nodes[0]
	default:
		err.Hint = "nodes are " + joinNames(nodes)
	}
	return err
}

// joinNames joins names, leaving out the middle of a long list.
func joinNames(names []string) string {
	const most = 8
	if len(names) > most {
		return fmt.Sprintf("%s, ... %s (%d)", strings.Join(names[:most-1], ", "), names[len(names)-1], len(names))
	}
	return strings.Join(names, ", ")
}
