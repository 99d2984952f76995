package engine

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/netlab-dev/netlab/sdk/link"
	clock "github.com/netlab-dev/netlab/sdk/live"
)

// carryOut does what the steps of this instant say: first the links, then the nodes. The first time, t = 0 is when all
// nodes are ready.
func (l *live) carryOut() error {
	steps := l.steps
	l.steps = nil
	if err := l.settle(steps); err != nil {
		return err
	}
	linksFirst(steps)
	for len(steps) > 0 && !steps[0].onNode() {
		if err := l.onLink(steps[0]); err != nil {
			return err
		}
		l.record.step(steps[0], l.Now())
		steps = steps[1:]
	}
	for len(steps) > 0 {
		count := 1
		if steps[0].verb == startNode {
			for count < len(steps) && steps[count].verb == startNode {
				count++
			}
			if err := l.start(steps[:count]); err != nil {
				return err
			}
		} else if err := l.onNode(steps[0]); err != nil {
			return err
		}
		steps = steps[count:]
	}
	if !l.begun {
		l.network.Start()
		l.record.begin(l.network.Now())
		l.begun = true
	}
	return nil
}

// meter is the one that counts for a fault, on all its links.
func (l *live) meter(f FaultID) *link.Meter {
	if l.meters[f] == nil {
		l.meters[f] = new(link.Meter)
	}
	return l.meters[f]
}

// crashLimit is how long the end of a killed process may take.
const crashLimit = 5 * time.Second

func (l *live) onNode(s step) error {
	n := l.nodes[s.node.name]
	var err error
	l.record.step(s, l.Now())
	switch s.verb {
	case setClock:
		l.setClock(s)
	case setTCP:
		err = l.network.SetTCP(s.node.name, s.tcp)
	case crashNode:
		err = l.crash(n)
	case pauseNode:
		n.paused = true
		n.pausedAt(clock.Monotonic())
		if err = n.signal(unix.SIGSTOP); err == nil {
			awaitStopped(n.process.Pid())
		}
	case resumeNode:
		n.paused = false
		err = n.signal(unix.SIGCONT)
		n.resumedAt(clock.Monotonic())
	}
	return err
}

// signal sends a signal; to a process that has ended, none.
func (n *liveNode) signal(sig os.Signal) error {
	err := n.process.Signal(sig)
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// crash ends a node at once. The relay is told first, so that every end of a stream it then sees is the crash's.
func (l *live) crash(n *liveNode) error {
	n.ask()
	l.network.Down(n.name)
	n.process.Kill()
	return n.awaitEnd()
}

// awaitEnd waits for the end of a process that was killed, and of what that does to the network.
func (n *liveNode) awaitEnd() error {
	limit := time.NewTimer(crashLimit)
	defer limit.Stop()
	select {
	case <-n.over:
		return nil
	case <-limit.C:
		return fmt.Errorf("node %s: its process has not ended %v after it was killed", n.name, crashLimit)
	}
}
