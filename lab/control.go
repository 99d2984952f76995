package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"github.com/netlab-dev/netlab/lab/bug"
	"github.com/netlab-dev/netlab/lab/script"
)

// control is where a lab that is kept up takes commands from other programs of its user: a unix socket in a folder that
// nobody else may enter. One connection carries one request and its answer, each one line of JSON.
type control struct {
	path     string
	listener net.Listener
	serving  sync.WaitGroup

	mu      sync.Mutex
	clients map[net.Conn]struct{} // connected now
}

type request struct {
	Words []string `json:"words"`
}

type reply struct {
	Text  string `json:"text,omitempty"`
	Error string `json:"error,omitempty"`
	Hint  string `json:"hint,omitempty"`
}

const (
	maxRequest = 64 << 10        // bytes
	maxClients = 32              // connections at the same time
	askLimit   = 5 * time.Second // for the request to come, and for the answer to be taken
)

func listenControl(do func(words []string) (string, error)) (*control, error) {
	dir := controlDir()
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	if err := private(dir); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, fmt.Sprintf("up-%d.sock", os.Getpid()))
	_ = os.Remove(path) // left behind by a process of the same number that was killed
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	c := &control{path: path, listener: listener, clients: map[net.Conn]struct{}{}}
	c.serving.Add(1)
	go bug.Guarded(func() { c.accept(do) })()
	return c, nil
}

// controlDir is the user's own folder for such sockets. It is there while a lab is.
func controlDir() string {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		dir = os.TempDir()
	}
	return filepath.Join(dir, fmt.Sprintf("lab-%d", os.Getuid()))
}

// private refuses a folder that others may enter: they could give commands, or answer them.
func private(dir string) error {
	info, err := os.Lstat(dir)
	if err == nil && (!info.IsDir() || info.Mode().Perm()&0o077 != 0 || !owned(info)) {
		err = fmt.Errorf("%s: others may enter it; remove it", dir)
	}
	return err
}

func (c *control) accept(do func([]string) (string, error)) {
	defer c.serving.Done()
	room := make(chan struct{}, maxClients)
	for {
		conn, err := c.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			time.Sleep(10 * time.Millisecond) // out of descriptors: the listener stays
			continue
		}
		room <- struct{}{}
		c.serving.Add(1)
		c.note(conn, true)
		go bug.Guarded(func() {
			serveControl(conn, do)
			c.note(conn, false)
			<-room
			c.serving.Done()
		})()
	}
}

func (c *control) note(conn net.Conn, connected bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if connected {
		c.clients[conn] = struct{}{}
	} else {
		delete(c.clients, conn)
	}
}

func serveControl(conn net.Conn, do func([]string) (string, error)) {
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(askLimit)) // a socket that cannot have one fails at the read
	var ask request
	if err := json.NewDecoder(io.LimitReader(conn, maxRequest)).Decode(&ask); err != nil {
		answerControl(conn, reply{Error: "want one line of JSON: " + err.Error()})
		return
	}
	text, err := do(ask.Words)
	answer := reply{Text: text}
	var known *script.Error
	switch {
	case errors.Is(err, context.Canceled):
		return // the run has ended: without an answer, Do says so
	case errors.As(err, &known):
		answer.Error, answer.Hint = known.Msg, known.Hint
	case err != nil:
		answer.Error = err.Error()
	}
	answerControl(conn, answer)
}

// answerControl does not wait for who asks and does not read: the service could not end.
func answerControl(conn net.Conn, answer reply) {
	_ = conn.SetWriteDeadline(time.Now().Add(askLimit))
	_ = json.NewEncoder(conn).Encode(answer) // who has gone needs no answer
}

// close ends the service once the commands under way are answered; the run has ended by then. Who has asked nothing yet
// is not waited for.
func (c *control) close() {
	_ = c.listener.Close() // which removes the socket
	c.mu.Lock()
	for conn := range c.clients {
		_ = conn.SetReadDeadline(time.Now())
	}
	c.mu.Unlock()
	c.serving.Wait()
	_ = os.Remove(filepath.Dir(c.path)) // unless another lab is up
}

// Do gives a command to a lab that is kept up, by Up in this or another process: the one whose process has the number
// pid, or the only one when pid is 0. The error is about the way there, or what the command's answer says went wrong.
func Do(pid int, words []string) (string, error) {
	conn, err := dialControl(pid)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	var answer reply
	if err = json.NewEncoder(conn).Encode(request{words}); err == nil {
		err = json.NewDecoder(conn).Decode(&answer)
	}
	switch {
	case errors.Is(err, io.EOF):
		return "", &Error{Class: Host, Message: "the lab that was kept up has ended"}
	case err != nil:
		return "", &Error{Class: Host, Message: err.Error(), Err: err}
	case answer.Error != "":
		return answer.Text, &Error{Class: Script, Message: answer.Error, Hint: answer.Hint}
	}
	return answer.Text, nil
}

// dialControl finds the lab. Sockets that nobody serves any more are removed.
func dialControl(pid int) (net.Conn, error) {
	dir := controlDir()
	if err := private(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, &Error{Class: Host, Message: err.Error(), Err: err}
	}
	pattern := "up-*.sock"
	if pid != 0 {
		pattern = fmt.Sprintf("up-%d.sock", pid)
	}
	paths, _ := filepath.Glob(filepath.Join(dir, pattern)) // the pattern is well formed
	sort.Strings(paths)
	var found []net.Conn
	var pids []string
	for _, path := range paths {
		conn, err := net.Dial("unix", path)
		if err != nil {
			_ = os.Remove(path)
			continue
		}
		found = append(found, conn)
		pids = append(pids, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(path), "up-"), ".sock"))
	}
	if len(found) == 1 {
		return found[0], nil
	}
	for _, conn := range found {
		_ = conn.Close()
	}
	switch {
	case len(found) > 1:
		return nil, &Error{Class: Usage, Message: fmt.Sprintf("%d labs are kept up", len(found)),
			Hint: "choose one by its process: --pid " + strings.Join(pids, " or --pid ")}
	case pid != 0:
		return nil, &Error{Class: Usage, Message: fmt.Sprintf("process %d keeps no lab up", pid),
			Hint: "lab do without --pid finds it"}
	}
	return nil, &Error{Class: Usage, Message: "no lab is kept up", Hint: "lab up FILE keeps one"}
}
