package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/netlab-dev/netlab/lab/trouble"
)

// silence is how long Do waits for a lab to take its command, and then for each sign that it is being worked on. How
// long the command itself may take is its own affair: every method has a timeout.
const silence = 5 * time.Second

// Do gives a command to a lab that is kept up, by Up in this or another process: the one whose process has the number
// pid; or, when that is 0, the only one that was started in this folder, or in one above or below it. The error is of
// class Host when there is no way to the lab, Usage for a command that is wrong, Failed for one that did not succeed.
func Do(pid int, words []string) (string, error) {
	lab, err := findKept(pid)
	if err != nil {
		return "", err
	}
	conn, err := dialKept(lab.socket)
	if err != nil {
		return "", lab.lost(err)
	}
	defer conn.Close()
	answer, err := ask(conn, words, silence)
	switch {
	case err != nil:
		return "", lab.lost(err)
	case answer.Error != "" && answer.Unmet:
		return answer.Text, &trouble.Error{Class: trouble.Failed, Text: answer.Error, Hint: answer.Hint}
	case answer.Error != "":
		return answer.Text, &trouble.Error{Class: trouble.Usage, Text: answer.Error, Hint: answer.Hint}
	}
	return answer.Text, nil
}

// kept is a lab that is up.
type kept struct {
	socket string
	pid    int
	identity
}

// lost says what is wrong with the way to the lab.
func (k kept) lost(err error) error {
	e := &trouble.Error{Class: trouble.Host, Err: err}
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		e.Text = "the lab that was kept up has ended"
	case errors.Is(err, os.ErrDeadlineExceeded):
		e.Text = fmt.Sprintf("the lab of process %d has not answered for %v", k.pid, silence)
		e.Hint = "is it stopped? a command that waits says so every second"
	case errors.Is(err, syscall.EAGAIN):
		e.Text = fmt.Sprintf("the lab of process %d has taken no connection for %v", k.pid, silence)
		e.Hint = "is it stopped, or asked by too many at a time?"
	default:
		e.Text = fmt.Sprintf("the lab of process %d: %v", k.pid, err)
	}
	return e
}

// findKept finds the lab that is meant.
func findKept(pid int) (kept, error) {
	folder, err := openControls()
	if errors.Is(err, fs.ErrNotExist) {
		return kept{}, noLab(pid)
	}
	if err != nil {
		return kept{}, &trouble.Error{Class: trouble.Host, Text: err.Error(), Err: err}
	}
	folder.removeDead()
	var all, nearby []kept
	for _, path := range folder.sockets() {
		k := kept{path, pidOf(path), readIdentity(path)}
		if pid != 0 && k.pid != pid {
			continue
		}
		all = append(all, k)
		if pid != 0 || near(k.Folder, here()) {
			nearby = append(nearby, k)
		}
	}
	folder.close()
	switch {
	case len(nearby) == 1:
		return nearby[0], nil
	case len(nearby) > 1:
		return kept{}, &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("%d labs are kept up here:%s", len(nearby), describeLabs(nearby)),
			Hint: fmt.Sprintf("choose one by its process: lab do --pid %d ...", nearby[0].pid)}
	case len(all) > 0:
		return kept{}, &trouble.Error{Class: trouble.Usage,
			Text: "no lab is kept up in this folder, above or below it, but elsewhere:" + describeLabs(all),
			Hint: fmt.Sprintf("choose one by its process: lab do --pid %d ...", all[0].pid)}
	}
	return kept{}, noLab(pid)
}

func describeLabs(labs []kept) string {
	var text strings.Builder
	for _, k := range labs {
		fmt.Fprintf(&text, "\n  --pid %d  %s", k.pid, k.identity)
	}
	return text.String()
}

func noLab(pid int) error {
	if pid != 0 {
		return &trouble.Error{Class: trouble.Usage, Text: fmt.Sprintf("process %d keeps no lab up", pid),
			Hint: "lab do without --pid finds the one of this folder"}
	}
	return &trouble.Error{Class: trouble.Host, Text: "no lab is kept up", Hint: "lab up FILE keeps one"}
}

// dialKept connects. A lab that is asked by many at a time has a full backlog for a moment.
func dialKept(path string) (net.Conn, error) {
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for limit := time.Now().Add(silence); ; <-again.C {
		conn, err := net.DialTimeout("unix", path, silence)
		if !errors.Is(err, syscall.EAGAIN) || time.Now().After(limit) {
			return conn, err
		}
	}
}

// ask sends the request and waits for its answer, for as long as there are signs that it will come.
func ask(conn net.Conn, words []string, silence time.Duration) (answer reply, err error) {
	_ = conn.SetWriteDeadline(time.Now().Add(silence)) // a socket that cannot have one fails at the write
	if err := json.NewEncoder(conn).Encode(request{words}); err != nil {
		return reply{}, err
	}
	for lines := json.NewDecoder(conn); ; {
		_ = conn.SetReadDeadline(time.Now().Add(silence))
		answer = reply{}
		if err := lines.Decode(&answer); err != nil || !answer.Working {
			return answer, err
		}
	}
}
